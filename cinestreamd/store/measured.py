"""A store that counts: the time and the errors of every operation, and what becomes of leases."""

from collections.abc import Awaitable, Callable
from inspect import getmembers, iscoroutinefunction
from time import perf_counter
from typing import Any, Final, cast

from cinestreamd import tracing
from cinestreamd.errors import CinestreamError
from cinestreamd.metering import LEASES, STORE_ERRORS, STORE_SECONDS, Meter
from cinestreamd.store.base import Store
from cinestreamd.store.errors import StaleLeaseError

OPERATIONS: Final = tuple(name for name, _ in getmembers(Store, iscoroutinefunction) if not name.startswith("_"))
_LEASE_EVENTS: Final[dict[str, Callable[[Any], tuple[str, int]]]] = {
    "acquire_lease": lambda lease: ("contended" if lease is None else "granted", 1),
    "expire_leases": lambda cities: ("expired", len(cities)),
    "free_leases": lambda cities: ("freed", len(cities)),
}

Operation = Callable[..., Awaitable[Any]]


def measured(store: Store, meter: Meter) -> Store:
    """``store``, with every operation counted into ``meter``."""
    return cast("Store", _Measured(store, meter))


class _Measured:
    """Every operation of ``Store``, each a wrapped one of the same name, made when it is first asked for."""

    def __init__(self, store: Store, meter: Meter) -> None:
        self._store = store
        self._meter = meter

    def __getattr__(self, name: str) -> Operation:
        if name not in OPERATIONS:
            raise AttributeError(name)
        operation = getattr(self._store, name)
        if tracing.is_active():
            operation = tracing.traced(f"store.{name}")(operation)
        operation = _counted(operation, name, self._meter)
        setattr(self, name, operation)
        return operation


def _counted(operation: Operation, name: str, meter: Meter) -> Operation:
    event_of = _LEASE_EVENTS.get(name)

    async def call(*args: Any, **options: Any) -> Any:
        began = perf_counter()
        try:
            result = await operation(*args, **options)
        except CinestreamError as error:
            meter.count(STORE_ERRORS, name, error.code)
            if isinstance(error, StaleLeaseError):
                meter.count(LEASES, "lost")
            raise
        finally:
            meter.time(STORE_SECONDS, perf_counter() - began, name)
        if event_of is not None:
            event, times = event_of(result)
            if times:
                meter.count(LEASES, event, by=times)
        return result

    return call
