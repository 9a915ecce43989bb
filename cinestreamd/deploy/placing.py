"""Files of a folder that take their places together, and are all taken back when something then fails."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path

from cinestreamd.sites.files import Folder


@contextmanager
def placed(path: Path, former: AbstractSet[str], files: Mapping[str, str]) -> Iterator[None]:
    """Let ``files`` (text by name) stand in a folder in the place of the files ``former``; the others stay.

    All are written before the first takes its place, and the former ones are kept by a second name: where the disk
    is full, neither the change nor its taking back is left half done. If the block raises, the former ones are back.
    Names that begin with a dot are read neither by nginx nor by systemd.

    Raises:
        OSError: a file cannot be written; everything is as it was.
    """
    drafts = {name: f".{name}.draft" for name in files}
    with Folder.at(path) as folder:
        kept = {name: f".{name}.former" for name in former | files.keys() if folder.has(name)}
        try:
            for name in kept.values():
                folder.remove(name)  # of a change that was cut off
            for name, text in files.items():
                folder.write(drafts[name], text.encode(), mode=0o644)
            for name, second in kept.items():
                folder.link(name, second)
            try:
                for name in former - files.keys():
                    folder.remove(name)
                for name, draft in drafts.items():
                    folder.rename(draft, name)
                yield
            except BaseException:
                for name in files.keys() - kept.keys():
                    folder.remove(name)
                for name, second in kept.items():
                    folder.rename(second, name)
                raise
        finally:
            for name in (*drafts.values(), *kept.values()):
                folder.remove(name)
