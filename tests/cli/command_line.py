"""The command line within the test's own process: what a command prints, and how it would end."""

from pathlib import Path

from click.testing import CliRunner
from msgspec import Struct

from cinestreamd.cli import root
from cinestreamd.errors import CinestreamError


class Ended(Struct, frozen=True):
    """How a command ended: its exit code, its output, and its error's one line."""

    code: int
    output: str
    error: str


def cinestreamd(state_dir: Path, *arguments: str, given: str | None = None) -> Ended:
    """Run a command on a state directory; ``given`` is its standard input."""
    names = list(arguments)
    at = names.index("--") if "--" in names else len(names)
    names[at:at] = ["--state-dir", str(state_dir)]
    result = CliRunner().invoke(root, names, input=given or "")
    if isinstance(result.exception, CinestreamError):
        return Ended(result.exception.exit_code, result.stdout, str(result.exception))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)


def everything(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, links as what they point at."""
    return {
        str(path.relative_to(folder)): str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }
