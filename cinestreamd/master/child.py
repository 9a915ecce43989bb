"""The life of one child as a pure state machine: the present moment is passed in, nothing is done.

::

    backoff ──started──▶ starting ──ready──▶ ready ──drain──▶ draining ──exited──▶ stopped
       ▲                    │  │               │                                      ▲
       │                    │  └────condemn────┤                 (drain without a process: at once)
       │                    │                  ▼
       ├◀──────exited───────┴──────────────── stuck
       └◀─revive── fatal ◀─exited: "cannot boot", or too many failed boots in a row

A new child begins in ``backoff`` with nothing to wait for. ``due`` tells what its keeper must do now. Moments are
seconds on the keeper's clock (see ``attention``), which stands still while the keeper itself was not looking.
"""

from enum import Enum
from math import inf
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.config import Supervisor

State = Literal["backoff", "starting", "ready", "stuck", "draining", "stopped", "fatal"]

CANNOT_BOOT: Final = 78
"""The exit code that says "the same start will fail again" (sysexits.h: EX_CONFIG)."""

STACK_GRACE: Final = 0.3
"""So long a stuck child may write its stacks before it is killed."""


class Due(Enum):
    """What must be done about a child now."""

    START = "start"
    CONDEMN = "condemn"
    KILL = "kill"


class Ending(Struct, frozen=True):
    """How a process ended: by an exit code, or by a signal."""

    code: int | None = None
    signal: int | None = None


class Child(Struct, frozen=True, kw_only=True):
    """Where one child is in its life.

    ``since`` is when it entered its state, ``heard`` its last sign of life. ``resume_at`` ends a backoff, ``deadline``
    is when a draining or stuck child is killed. ``crashes`` are those in a row, ``restarts`` all of them. ``cause``
    says why it is where it is.
    """

    state: State = "backoff"
    since: float = 0.0
    heard: float = 0.0
    resume_at: float = 0.0
    deadline: float = inf
    crashes: int = 0
    restarts: int = 0
    cause: str = ""


def has_process(child: Child) -> bool:
    """Whether there is a process behind the child."""
    return child.state in {"starting", "ready", "stuck", "draining"}


def started(child: Child, now: float) -> Child:
    """Its process was forked."""
    _require(child, "backoff")
    return replace(child, state="starting", since=now, heard=now, deadline=inf)


def ready(child: Child, now: float) -> Child:
    """It says that it serves. A child that is being stopped stays so."""
    if child.state != "starting":
        return child
    return replace(child, state="ready", since=now, heard=now, cause="")


def heard(child: Child, now: float) -> Child:
    """It gave a sign of life."""
    return replace(child, heard=now)


def drain(child: Child, now: float, seconds: float) -> Child:
    """It shall finish and go within ``seconds``, and not come back. Said again, only less time counts."""
    if child.state == "stopped":
        return child
    if not has_process(child):
        return replace(child, state="stopped", since=now)
    since = child.since if child.state == "draining" else now
    return replace(child, state="draining", since=since, deadline=min(child.deadline, now + seconds))


def condemn(child: Child, now: float, cause: str) -> Child:
    """It was found stuck; it has a moment to write its stacks."""
    return replace(child, state="stuck", since=now, deadline=now + STACK_GRACE, cause=cause)


def postpone(child: Child, now: float, seconds: float, cause: str) -> Child:
    """Its process could not be forked, for a reason that is not its own."""
    _require(child, "backoff")
    return replace(child, resume_at=now + seconds, cause=cause)


def revive(child: Child, now: float) -> Child:
    """The operator has mended what was wrong: a fatal child is tried again."""
    if child.state != "fatal":
        return child
    return replace(child, state="backoff", since=now, resume_at=now, crashes=0, cause="")


def exited(child: Child, now: float, ending: Ending, policy: Supervisor) -> Child:
    """Its process ended. One that was told to stop is stopped, however it ended; any other is started again, or fatal.

    The first crash in a row restarts at once, the next after ``backoff_initial``, doubling up to ``backoff_limit``.
    """
    if child.state in {"draining", "stopped"}:
        return replace(child, state="stopped", since=now, deadline=inf)
    settled = child.state == "ready" and now - child.since >= policy.stable_after
    crashes = 1 if settled else child.crashes + 1
    cause = child.cause if child.state == "stuck" else _describe(ending)
    after = replace(child, since=now, deadline=inf, crashes=crashes, cause=cause)
    if ending.code == CANNOT_BOOT or (child.state == "starting" and crashes >= policy.crash_limit):
        return replace(after, state="fatal")
    return replace(after, state="backoff", resume_at=now + backoff(crashes, policy), restarts=child.restarts + 1)


def backoff(crashes: int, policy: Supervisor) -> float:
    """Seconds to wait after that many crashes in a row."""
    if crashes <= 1:
        return 0.0
    return min(policy.backoff_initial * 2.0 ** min(crashes - 2, 30), policy.backoff_limit)


def due(child: Child, now: float, policy: Supervisor) -> Due | None:
    """What its keeper must do about it at this moment."""
    if child.state == "backoff" and now >= child.resume_at:
        return Due.START
    if child.state == "starting" and now - child.since > policy.boot_timeout:
        return Due.CONDEMN
    if child.state == "ready" and now - child.heard > policy.heartbeat_limit:
        return Due.CONDEMN
    if child.state in {"draining", "stuck"} and now >= child.deadline:
        return Due.KILL
    return None


def is_serving(child: Child, now: float, policy: Supervisor) -> bool:
    """Whether clients may be sent to it: it is ready, and has not missed two heartbeats in a row."""
    return child.state == "ready" and now - child.heard <= 2.5 * policy.heartbeat_interval


def _describe(ending: Ending) -> str:
    return f"exit code {ending.code}" if ending.signal is None else f"signal {ending.signal}"


def _require(child: Child, state: State) -> None:
    if child.state != state:
        raise ValueError(f"a child that is {child.state} cannot do what one that is {state} does")
