"""What each kind of child runs, loaded by the zygote before it forks the first one."""

from collections.abc import Mapping

import msgspec

from cinestreamd import demo_process, worker
from cinestreamd.channel import FromChild, FromMaster
from cinestreamd.child_process import Inheritance
from cinestreamd.features import FEATURES
from cinestreamd.master.zygote import Entry
from cinestreamd.rehearsal import rehearse
from cinestreamd.specs import AgentSpec, DemoSpec, WorkerSpec
from cinestreamd.web.app import warm


def entries() -> Mapping[str, Entry]:
    """The entries by role. What all workers need is loaded once, for them to share."""
    warm(FEATURES)
    rehearse(FEATURES)
    for kind in (WorkerSpec, AgentSpec, DemoSpec, FromMaster, FromChild):
        msgspec.msgpack.Decoder(kind)  # resolves its types, once for all
    return {"worker": worker.run, "agent": run_agent, "demo": demo_process.run}


def run_agent(inheritance: Inheritance) -> int:
    """Live an agent's life. An agent loads its own modules: in the zygote they would be carried by every worker."""
    from cinestreamd import agent_process  # noqa: PLC0415 - after the fork, see above

    return agent_process.run(inheritance)
