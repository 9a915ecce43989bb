"""How a child ends by itself, and what it says then."""

from structlog.testing import capture_logs

from cinestreamd.child_process import Exit, run_child
from cinestreamd.store.base import StoreUnavailableError


def test_a_child_whose_store_is_gone_says_so_in_one_line() -> None:
    async def work() -> None:
        raise StoreUnavailableError(retry_after=2, reason="database or disk is full")

    with capture_logs() as logged:
        assert run_child(work()) == Exit.CRASHED
    [line] = logged
    assert (line["event"], line["log_level"], line["reason"]) == ("child_gave_up", "error", "database or disk is full")
    assert "exc_info" not in line


def test_a_defect_comes_with_its_traceback() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with capture_logs() as logged:
        assert run_child(work()) == Exit.CRASHED
    [line] = logged
    assert (line["event"], line["exc_info"]) == ("child_crashed", True)
