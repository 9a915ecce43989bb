"""Entries that tests give to the zygote in place of the product's: the real ones, and children that misbehave."""

from collections.abc import Mapping

from cinestreamd import worker
from cinestreamd.child_process import Inheritance
from cinestreamd.features import FEATURES
from cinestreamd.master.zygote import Entry
from cinestreamd.web.app import warm


def no_agent(inheritance: Inheritance) -> int:
    return 0


def real_workers() -> Mapping[str, Entry]:
    warm(FEATURES)
    return {"worker": worker.run, "agent": no_agent}
