"""Making one depot hold what another holds. What is there already is not written again: it can be resumed."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from cinestreamd.errors import CinestreamError
from cinestreamd.i18n import N_
from cinestreamd.store.transfer.items import (
    KINDS,
    Depot,
    Digest,
    Item,
    Tally,
    digest_of,
    fingerprint,
    in_portions,
    portions,
)

Left = Callable[[Item], bool]


class Progress(Struct, frozen=True):
    """How far copying is: of a kind, how many items were looked at, and how many of them had to be written."""

    kind: str
    seen: int
    written: int


class DifferentCopyError(CinestreamError):
    """The copy is not what it was made from."""

    code = "different_copy"
    message = N_("The copy differs in {kind}: {found} of {wanted} items, or others; repeat the command")


async def copy(
    source: Depot, target: Depot, *, tell: Callable[[Progress], None], leave_out: Mapping[str, Left] | None = None
) -> dict[str, Digest]:
    """Copy all kinds, and compare; returns what both hold now. ``leave_out`` chooses items that stay behind.

    Raises:
        DifferentCopyError: the target does not hold what the source does.
    """
    digests = {}
    for kind in KINDS:
        wanted = await _copy_kind(source, target, kind, tell, (leave_out or {}).get(kind))
        found = await digest_of(target, kind)
        if found != wanted:
            raise DifferentCopyError(kind=kind, found=found.count, wanted=wanted.count)
        digests[kind] = found
    return digests


async def _copy_kind(
    source: Depot, target: Depot, kind: str, tell: Callable[[Progress], None], left: Left | None
) -> Digest:
    there = {item.key: fingerprint(item) async for item in target.items(kind)}
    tally, seen, written = Tally(), 0, 0
    async for portion in portions(source.items(kind)):
        staying = [item for item in portion if left is None or not left(item)]
        for item in staying:
            tally.add(item)
        missing = [item for item in staying if there.pop(item.key, None) != fingerprint(item)]
        if missing:
            await target.put(kind, missing)
        seen, written = seen + len(portion), written + len(missing)
        tell(Progress(kind, seen, written))
    for keys in in_portions(there):
        await target.remove(kind, keys)
    return tally.digest
