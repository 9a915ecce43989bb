"""What a duty's failure says in the log."""

from structlog.testing import capture_logs

from cinestreamd.master.duties import attempt
from cinestreamd.store.base import StoreUnavailableError


async def test_a_duty_that_a_full_disk_keeps_from_its_work_says_so_in_one_line() -> None:
    async def fail() -> None:
        raise StoreUnavailableError(retry_after=2, reason="database or disk is full")

    with capture_logs() as logged:
        await attempt("tidy", fail)
    assert logged == [
        {
            "event": "duty_failed",
            "log_level": "warning",
            "duty": "tidy",
            "problem": "The data store does not answer. Try again in 2 seconds.",
            "reason": "database or disk is full",
        }
    ]
