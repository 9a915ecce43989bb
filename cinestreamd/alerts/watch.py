"""When a condition is told: at once, seldom again, its end only when it has stayed away. Pure: moments are given."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from cinestreamd.alerts.model import KINDS_FROM_STORE, Condition, Key, Notice


class Known(Struct, frozen=True):
    """A condition that was told. ``seen`` is when it was there last, ``told`` when it was last spoken of."""

    condition: Condition
    since: datetime
    seen: datetime
    told: datetime


class Watch:
    """Makes notices of what is wrong at each look.

    ``hold_off``: what is away for less than this counts as going on, so that nothing is told again and again.
    ``remind``: what lasts is told again after this; None: once.
    """

    def __init__(self, known: Iterable[Known] = ()) -> None:
        self._known: dict[Key, Known] = {each.condition.key: each for each in known}

    @property
    def known(self) -> list[Known]:
        """What was told and is not over."""
        return list(self._known.values())

    def look(
        self,
        now: datetime,
        conditions: Iterable[Condition],
        *,
        hold_off: timedelta,
        remind: timedelta | None,
        blind: AbstractSet[str] = frozenset(),
    ) -> list[Notice]:
        """What is to be told now. Of the sites in ``blind`` it is not known how their store's conditions stand."""
        notices = []
        for condition in conditions:
            former = self._known.get(condition.key)
            if former is None:
                self._known[condition.key] = Known(condition, now, now, now)
                notices.append(Notice(condition, "raised", now, now))
            elif remind is not None and now - former.told >= remind:
                self._known[condition.key] = Known(condition, former.since, now, now)
                notices.append(Notice(condition, "still", former.since, now))
            else:
                self._known[condition.key] = Known(condition, former.since, now, former.told)
        for key, known in list(self._known.items()):
            if known.seen == now:
                continue
            if known.condition.site in blind and known.condition.kind in KINDS_FROM_STORE:
                self._known[key] = msgspec.structs.replace(known, seen=now)
            elif now - known.seen >= hold_off:
                del self._known[key]
                notices.append(Notice(known.condition, "over", known.since, now))
        return notices


def encode_known(known: Iterable[Known]) -> bytes:
    """What is to outlive the daemon, as JSON."""
    return msgspec.json.encode(list(known))


def decode_known(data: bytes, *, now: datetime) -> list[Known]:
    """What an earlier daemon knew. How it stands since is not known: it counts as seen at ``now``.

    Raises:
        msgspec.MsgspecError: it is not what ``encode_known`` writes.
    """
    return [msgspec.structs.replace(each, seen=now) for each in msgspec.json.decode(data, type=list[Known])]
