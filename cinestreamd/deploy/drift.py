"""How a host differs from what would be rendered for it."""

import difflib
from collections.abc import Mapping


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The difference of two sets of files as a unified diff."""
    lines: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, ""), after.get(name, "")
        lines += difflib.unified_diff(
            old.splitlines(keepends=True),
            new.splitlines(keepends=True),
            name if old else "/dev/null",
            name if new else "/dev/null",
        )
    return "".join(lines)
