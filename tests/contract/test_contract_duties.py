"""A duty is one daemon's at a time, and a batch of visits counts once, however often it is given."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cinestreamd.store.base import Store

if TYPE_CHECKING:
    from conftest import Records

SECOND = timedelta(seconds=1)
TODAY = date(2026, 11, 21)


async def test_one_has_a_duty_until_its_time_is_up(
    store: Store, store_factory: Callable[[], Store], records: "Records"
) -> None:
    other = store_factory()
    now = records.now
    assert await store.hold_duty("refresh", owner="here", now=now, seconds=90)
    assert not await other.hold_duty("refresh", owner="there", now=now, seconds=90)
    assert await other.hold_duty("another", owner="there", now=now, seconds=90)
    assert await store.hold_duty("refresh", owner="here", now=now + 60 * SECOND, seconds=90), "kept"
    assert not await other.hold_duty("refresh", owner="there", now=now + 149 * SECOND, seconds=90)
    assert await other.hold_duty("refresh", owner="there", now=now + 150 * SECOND, seconds=90)
    assert not await store.hold_duty("refresh", owner="here", now=now + 151 * SECOND, seconds=90)


async def test_a_duty_that_was_laid_down_is_free(store: Store, records: "Records") -> None:
    assert await store.hold_duty("refresh", owner="here", now=records.now, seconds=90)
    await store.lay_down_duty("refresh", owner="there")
    assert not await store.hold_duty("refresh", owner="there", now=records.now, seconds=90)
    await store.lay_down_duty("refresh", owner="here")
    assert await store.hold_duty("refresh", owner="there", now=records.now, seconds=90)
