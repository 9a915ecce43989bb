"""Data for scripts name a moment by its unix timestamp: that is where it stands on the page."""

from datetime import UTC, datetime

import pytest

from cinestreamd.agent.verify.presence import states_timestamp

MOMENT = datetime(2026, 11, 21, 23, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["1795302900", '{"start":1795302900000}', '"startDate": 1795302900240,'])
def test_it_is_stated_in_seconds_or_with_milliseconds(text: str) -> None:
    assert states_timestamp(text, MOMENT)


@pytest.mark.parametrize("text", ["17953029001", "1795302901000", "11795302900", "0.1795302900", "1795302900 2400"[:9]])
def test_other_numbers_do_not_state_it(text: str) -> None:
    assert not states_timestamp(text, MOMENT)
