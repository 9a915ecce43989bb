"""What each kind of child runs, loaded by the zygote before it forks the first one."""

from collections.abc import Mapping

from cinestreamd import agent_process, demo_process, worker
from cinestreamd.features import FEATURES
from cinestreamd.master.zygote import Entry
from cinestreamd.web.app import warm


def entries() -> Mapping[str, Entry]:
    """The entries by role. What all workers need (views, templates, catalogues) is loaded once, for them to share."""
    warm(FEATURES)
    return {"worker": worker.run, "agent": agent_process.run, "demo": demo_process.run}
