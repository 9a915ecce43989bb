from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from cinestreamd.store.base import Stats
from cinestreamd.web.figures import Figures


async def test_figures_are_read_anew_after_ten_seconds() -> None:
    figures = Stats(visits_total=0, visits_today=0, cities=0, cinemas=0, films=0, upcoming_showtimes=0, days=())

    class Counting:
        """A store whose visits rise with each reading."""

        read = 0

        async def stats(self, **_: Any) -> Stats:
            self.read += 1
            return replace(figures, visits_total=self.read)

    now = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    kept = Figures(Counting(), lambda: now)  # type: ignore[arg-type]  # the one operation that figures need
    assert kept.latest is None
    assert (await kept.read()).visits_total == 1
    now += timedelta(seconds=9.9)
    assert (await kept.read()).visits_total == 1
    now += timedelta(seconds=0.1)
    assert (await kept.read()).visits_total == 2
    assert kept.latest == replace(figures, visits_total=2)
