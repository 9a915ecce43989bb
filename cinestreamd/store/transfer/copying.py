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


class SourceChangedError(CinestreamError):
    """Somebody has written to the source while it was copied; the copy lacks that."""

    code = "source_changed"
    message = N_(
        "Records of the kind {kind} changed while they were copied: somebody else uses the former database. "
        "See that nobody does, and repeat the command"
    )


async def copy(
    source: Depot, target: Depot, *, tell: Callable[[Progress], None], leave_out: Mapping[str, Left] | None = None
) -> dict[str, Digest]:
    """Copy all kinds, and compare; returns what the target holds now. ``leave_out`` chooses items that stay behind.

    Raises:
        DifferentCopyError: the target does not hold what the source does.
        SourceChangedError: the source does not hold any more what was read of it.
    """
    read, digests = {}, {}
    for kind in KINDS:
        read[kind], wanted = await _copy_kind(source, target, kind, tell, (leave_out or {}).get(kind))
        found = await digest_of(target, kind)
        if found != wanted:
            raise DifferentCopyError(kind=kind, found=found.count, wanted=wanted.count)
        digests[kind] = found
    for kind, digest in read.items():
        if await digest_of(source, kind) != digest:
            raise SourceChangedError(kind=kind)
    return digests


async def _copy_kind(
    source: Depot, target: Depot, kind: str, tell: Callable[[Progress], None], left: Left | None
) -> tuple[Digest, Digest]:
    """Copy one kind; returns the digests of what the source holds, and of what the target ought to."""
    there = {item.key: fingerprint(item) async for item in target.items(kind)}
    whole, tally, seen, written = Tally(), Tally(), 0, 0
    async for portion in portions(source.items(kind)):
        staying = [item for item in portion if left is None or not left(item)]
        for item in portion:
            whole.add(item)
        for item in staying:
            tally.add(item)
        missing = [item for item in staying if there.pop(item.key, None) != fingerprint(item)]
        if missing:
            await target.put(kind, missing)
        seen, written = seen + len(portion), written + len(missing)
        tell(Progress(kind, seen, written))
    for keys in in_portions(there):
        await target.remove(kind, keys)
    return whole.digest, tally.digest
