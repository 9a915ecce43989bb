"""What each kind of child runs, with all that it needs loaded and played through once."""

from collections.abc import Mapping
from functools import partial
from types import CodeType
from typing import Final

import msgspec

from cinestreamd import demo_process, worker
from cinestreamd.channel import FromChild, FromMaster
from cinestreamd.child_process import Inheritance
from cinestreamd.confinement import rehearse_confinement
from cinestreamd.features import FEATURES
from cinestreamd.master.hot_code import code_run_by, forget_lookups, move_together
from cinestreamd.master.memory import fill_holes
from cinestreamd.master.zygote import Entry
from cinestreamd.rehearsal import rehearse
from cinestreamd.specs import AgentSpec, DemoSpec, WorkerSpec
from cinestreamd.store.sqlite.page_cache import begin_small
from cinestreamd.web.app import bare_app, warm

SPECIALISING: Final = 3
"""So often code runs before the interpreter has specialised it; a copy begins anew."""


def roles() -> Mapping[str, Entry]:
    """The entries by role. What all workers need is loaded once, for them to share."""
    begin_small()
    hot = hot_code()
    fill_holes()  # so that the copies lie side by side
    move_together(hot)
    forget_lookups()
    _play(rounds=SPECIALISING)
    for kind in (WorkerSpec, AgentSpec, DemoSpec, FromMaster, FromChild):
        msgspec.msgpack.Decoder(kind)  # resolves its types, once for all
    return {
        "worker": partial(worker.run, bare=bare_app(FEATURES)),
        "agent": run_agent,
        "demo": demo_process.run,
        "herald": run_herald,
    }


def hot_code() -> list[CodeType]:
    """Load what all workers need, and tell what code a worker's life runs once all that is made once is made."""
    warm(FEATURES)
    _play(rounds=1)
    return code_run_by(lambda: _play(rounds=1))


def _play(*, rounds: int) -> None:
    rehearse_confinement()
    rehearse(FEATURES, rounds=rounds)


def run_agent(inheritance: Inheritance) -> int:
    """Live an agent's life. An agent loads its own modules: in the zygote they would be carried by every worker."""
    from cinestreamd import agent_process  # noqa: PLC0415 - after the fork, see above

    return agent_process.run(inheritance)


def run_herald(inheritance: Inheritance) -> int:
    """Send notices. What speaks to mail servers is loaded after the fork: no worker needs it."""
    from cinestreamd.alerts import herald  # noqa: PLC0415 - after the fork, see above

    return herald.run(inheritance)
