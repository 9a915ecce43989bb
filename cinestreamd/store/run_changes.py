"""What one run found otherwise than another."""

from collections.abc import Mapping

from cinestreamd.store.runs import Run, SourceResult


def changed_sources(earlier: Run, later: Run) -> Mapping[str, tuple[SourceResult | None, SourceResult | None]]:
    """The cinemas of which two runs tell something different, by id; None where a run did not look at one.

    Another address of the page alone is no difference.
    """
    former = {source.cinema_id: source for source in earlier.sources}
    latter = {source.cinema_id: source for source in later.sources}
    return {
        name: (former.get(name), latter.get(name))
        for name in sorted(former.keys() | latter.keys())
        if _essence(former.get(name)) != _essence(latter.get(name))
    }


def _essence(source: SourceResult | None) -> tuple[object, ...]:
    if source is None:
        return ()
    refused = sorted(source.refused.items())
    return source.outcome, source.reader or "", source.kept, refused, source.detail
