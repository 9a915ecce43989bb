"""Spans for OpenTelemetry, where an operator wants them: request → service → store, and every stage of a scrape.

The library is an extra (``cinestreamd[otel]``), loaded by a child alone that is told where to send spans. Without that
a span is nothing: one comparison where a function may be traced, none in the store and on the way of a request.
"""

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, ClassVar, Final, ParamSpec, TypeVar

import structlog

from cinestreamd.config import TracingSettings

Given = ParamSpec("Given")
Result = TypeVar("Result")
Work = Callable[Given, Coroutine[Any, Any, Result]]

SEND_TIMEOUT: Final = 5.0
_NOTHING: Final = nullcontext()

log = structlog.get_logger()


class _Active:
    """The tracer of this process; one that is forked begins without."""

    tracer: ClassVar[Any] = None


def is_active() -> bool:
    """Whether spans are made in this process."""
    return _Active.tracer is not None


def start(settings: TracingSettings, **fields: str) -> Callable[[], None]:
    """Make spans from now on, if an endpoint is set; ``fields`` tell whose they are.

    Returns what ends that: it sends what is left, and blocks for some seconds at most.
    """
    if not settings.endpoint:
        return lambda: None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415 - an extra
    except ImportError:
        log.warning("tracing_not_installed", fix="pip install 'cinestreamd[otel]'")
        return lambda: None
    whose = {f"cinestreamd.{name}": value for name, value in fields.items()}
    resource = Resource({"service.name": "cinestreamd", **whose})
    provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(settings.share)))
    exporter = OTLPSpanExporter(endpoint=settings.endpoint, timeout=SEND_TIMEOUT)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _Active.tracer = provider.get_tracer("cinestreamd")

    def stop() -> None:
        _Active.tracer = None
        provider.shutdown()

    return stop


def span(name: str, **attributes: str | int) -> AbstractContextManager[Any]:
    """A span for as long as the block lasts; nothing where there is no tracing.

    What is raised within is noted by its kind alone: its words may be a visitor's.
    """
    if _Active.tracer is None:
        return _NOTHING
    named = {f"cinestreamd.{key}": value for key, value in attributes.items()}
    made: AbstractContextManager[Any] = _Active.tracer.start_as_current_span(
        name, attributes=named, record_exception=False, set_status_on_exception=False
    )
    return made


def traced(name: str) -> Callable[[Work[Given, Result]], Work[Given, Result]]:
    """Make a span of each call of a coroutine function."""

    def decorate(function: Work[Given, Result]) -> Work[Given, Result]:
        async def within(*args: Given.args, **options: Given.kwargs) -> Result:
            with span(name) as current:
                try:
                    return await function(*args, **options)
                except Exception as error:
                    mark_failed(current, error)
                    raise

        @wraps(function)
        def call(*args: Given.args, **options: Given.kwargs) -> Coroutine[Any, Any, Result]:
            return function(*args, **options) if _Active.tracer is None else within(*args, **options)

        return call

    return decorate


def mark_failed(current: Any, error: Exception) -> None:
    """Note on a span that it failed, and how: the error's code or its kind."""
    if current is not None:
        current.set_attribute("error.type", getattr(error, "code", "") or type(error).__name__)
