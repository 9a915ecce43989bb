"""Where there is no tracing, a span is nothing."""

import inspect

from structlog.testing import capture_logs

from cinestreamd import tracing
from cinestreamd.config import TracingSettings


@tracing.traced("test.double")
async def double(number: int) -> int:
    """Twice as much."""
    return 2 * number


async def test_a_traced_function_does_what_it_did() -> None:
    assert await double(4) == 8
    assert inspect.getdoc(double) == "Twice as much."


async def test_without_tracing_the_functions_own_coroutine_is_run() -> None:
    running = double(1)
    assert running.__qualname__ == "double"
    assert await running == 2


async def test_a_span_without_tracing_is_one_and_the_same_nothing() -> None:
    assert tracing.span("a") is tracing.span("b", city="kyiv")
    with tracing.span("a") as current:
        assert current is None
    assert not tracing.is_active()


async def test_without_an_endpoint_nothing_is_started() -> None:
    with capture_logs() as events:
        end = tracing.start(TracingSettings())
    end()
    assert events == []
    assert not tracing.is_active()
