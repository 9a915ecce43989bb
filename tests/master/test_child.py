"""The life of a child as a table: state and event in, state out. No process, no clock."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cinestreamd.config import Supervisor
from cinestreamd.master import child as life
from cinestreamd.master.child import Child, Due, Ending, State

POLICY = Supervisor(
    boot_timeout=10.0,
    heartbeat_interval=1.0,
    heartbeat_limit=5.0,
    backoff_initial=0.5,
    backoff_limit=4.0,
    stable_after=10.0,
    crash_limit=3,
)
CRASH = Ending(code=1)
KILLED = Ending(signal=9)
CANNOT_BOOT = Ending(code=78)
DONE = Ending(code=0)
NOW = 100.0


def child(state: State, **fields: float) -> Child:
    return replace(Child(state=state, since=90.0, heard=90.0), **fields)


@pytest.mark.parametrize(
    ("before", "ending", "after"),
    [
        ("starting", CRASH, "backoff"),
        ("starting", CANNOT_BOOT, "fatal"),
        ("ready", KILLED, "backoff"),
        ("ready", DONE, "backoff"),
        ("ready", CANNOT_BOOT, "fatal"),
        ("stuck", KILLED, "backoff"),
        ("draining", DONE, "stopped"),
        ("draining", KILLED, "stopped"),
        ("draining", CANNOT_BOOT, "stopped"),
        ("stopped", KILLED, "stopped"),
    ],
)
def test_end_of_its_process(before: State, ending: Ending, after: State) -> None:
    assert life.exited(child(before), NOW, ending, POLICY).state == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("backoff", "stopped"),
        ("starting", "draining"),
        ("ready", "draining"),
        ("stuck", "draining"),
        ("draining", "draining"),
        ("stopped", "stopped"),
        ("fatal", "stopped"),
    ],
)
def test_drain(before: State, after: State) -> None:
    assert life.drain(child(before), NOW, 3.0).state == after


@pytest.mark.parametrize("before", ["backoff", "ready", "stuck", "draining", "stopped", "fatal"])
def test_word_of_readiness_counts_only_while_starting(before: State) -> None:
    """A child that is being stopped when it becomes ready goes on being stopped."""
    assert life.ready(child(before), NOW).state == before
    assert life.ready(child("starting"), NOW) == Child(state="ready", since=NOW, heard=NOW)


@pytest.mark.parametrize(
    ("state", "fields", "due"),
    [
        ("backoff", {"resume_at": 100.0}, Due.START),
        ("backoff", {"resume_at": 100.1}, None),
        ("starting", {"since": 90.0}, None),
        ("starting", {"since": 89.9}, Due.CONDEMN),
        ("ready", {"heard": 95.0}, None),
        ("ready", {"heard": 94.9}, Due.CONDEMN),
        ("ready", {"heard": 99.0, "since": 0.0}, None),
        ("stuck", {"deadline": 100.1}, None),
        ("stuck", {"deadline": 100.0}, Due.KILL),
        ("draining", {"deadline": 100.1, "heard": 0.0}, None),
        ("draining", {"deadline": 100.0}, Due.KILL),
        ("stopped", {}, None),
        ("fatal", {"resume_at": 0.0}, None),
    ],
)
def test_what_is_due(state: State, fields: dict[str, float], due: Due | None) -> None:
    assert life.due(child(state, **fields), NOW, POLICY) == due


def test_crashes_in_a_row_wait_longer_and_longer() -> None:
    """0, 0.5, 1, 2, 4, 4: the first restart is at once, then doubling from the initial pause to the limit."""
    assert [life.backoff(crashes, POLICY) for crashes in range(1, 7)] == [0.0, 0.5, 1.0, 2.0, 4.0, 4.0]
    assert life.backoff(10_000, POLICY) == 4.0


def test_crash_that_follows_long_service_is_a_first_one() -> None:
    served = child("ready", since=NOW - 10.0, crashes=2)
    assert life.exited(served, NOW, KILLED, POLICY).resume_at == NOW
    hardly = child("ready", since=NOW - 9.9, crashes=2)
    assert life.exited(hardly, NOW, KILLED, POLICY).resume_at == NOW + 1.0


def test_failed_boots_are_given_up_and_crashes_of_working_children_never() -> None:
    assert life.exited(child("starting", crashes=2), NOW, CRASH, POLICY).state == "fatal"
    assert life.exited(child("starting", crashes=1), NOW, CRASH, POLICY).state == "backoff"
    assert life.exited(child("ready", since=NOW - 1, crashes=50), NOW, CRASH, POLICY).state == "backoff"


def test_fatal_child_is_revived_with_a_clean_slate() -> None:
    fatal = child("fatal", crashes=9)
    revived = life.revive(fatal, NOW)
    assert (revived.state, revived.resume_at, revived.crashes) == ("backoff", NOW, 0)
    assert life.revive(child("ready"), NOW) == child("ready")


def test_second_drain_can_only_shorten_the_first() -> None:
    draining = life.drain(child("ready"), NOW, 10.0)
    assert life.drain(draining, NOW + 1, 0.0).deadline == NOW + 1
    assert life.drain(draining, NOW + 1, 60.0).deadline == NOW + 10


def test_cause_is_kept_for_people() -> None:
    assert life.exited(child("ready"), NOW, KILLED, POLICY).cause == "signal 9"
    assert life.exited(child("starting"), NOW, CRASH, POLICY).cause == "exit code 1"
    stuck = life.condemn(child("ready"), NOW, "no heartbeat")
    assert life.exited(stuck, NOW, KILLED, POLICY).cause == "no heartbeat"


@pytest.mark.parametrize(
    ("state", "heard", "serving"),
    [("ready", 97.5, True), ("ready", 97.4, False), ("starting", 100.0, False), ("draining", 100.0, False)],
)
def test_serving_means_ready_and_heard_of(state: State, heard: float, serving: bool) -> None:
    assert life.is_serving(child(state, heard=heard), NOW, POLICY) is serving


def test_child_that_is_not_waiting_cannot_be_started() -> None:
    with pytest.raises(ValueError, match="ready"):
        life.started(child("ready"), NOW)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["tick", "ready", "heard", "crash", "killed", "cannot boot", "drain", "revive"]),
        st.floats(min_value=0.0, max_value=20.0),
    ),
    max_size=60,
)


@given(EVENTS)
def test_any_life_keeps_its_promises(events: list[tuple[str, float]]) -> None:
    """Whatever happens: a drained child is never started, and one is started only when it has no process."""
    subject, now, drained, processes = Child(), 0.0, False, 0
    endings = {"crash": CRASH, "killed": KILLED, "cannot boot": CANNOT_BOOT}
    for event, later in events:
        now += later
        if event == "drain":
            subject, drained = life.drain(subject, now, 5.0), True
        elif event == "ready":
            subject = life.ready(subject, now)
        elif event == "heard":
            subject = life.heard(subject, now)
        elif event == "revive":
            subject = life.revive(subject, now)
        elif event in endings and life.has_process(subject):
            subject, processes = life.exited(subject, now, endings[event], POLICY), processes - 1
        due = life.due(subject, now, POLICY)
        if due is Due.START:
            assert not drained
            subject, processes = life.started(subject, now), processes + 1
        elif due is Due.CONDEMN:
            subject = life.condemn(subject, now, "stuck")
        elif due is Due.KILL:
            subject, processes = life.exited(subject, now, KILLED, POLICY), processes - 1
        assert processes == (1 if life.has_process(subject) else 0)
        assert subject.deadline < inf or subject.state not in {"draining", "stuck"}
        assert subject.resume_at - now <= POLICY.backoff_limit
