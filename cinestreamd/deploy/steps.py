"""What a host still lacks, as steps that are printed or done, and the programs that are asked and run for it."""

import subprocess
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from cinestreamd.errors import CinestreamError
from cinestreamd.i18n import N_

PATIENCE: Final = 1800
"""Seconds for a program that changes the host: a package manager may fetch much."""


class InstallFailedError(CinestreamError):
    """A program of the host did not do its part."""

    code = "install_failed"
    message = N_("{command} failed: {problem}")


class Step(Struct, frozen=True):
    """One thing to do: what it is, what exactly would happen, and the function that does it."""

    title: str
    detail: str
    do: Callable[[], object]


def commands(title: str, *lines: list[str]) -> Step:
    """The step that runs these commands one after the other."""

    def do() -> None:
        for line in lines:
            run(line)

    return Step(title, "\n".join(map(" ".join, lines)), do)


def run(command: list[str]) -> None:
    """Run a program that changes the host.

    Raises:
        InstallFailedError: it failed.
    """
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and names of packages
            command, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallFailedError(command=" ".join(command), problem=str(error)) from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise InstallFailedError(command=" ".join(command), problem=said[-1] if said else "it does not say why")


def answer(*command: str) -> str | None:
    """What a program says of the host; None when it says no, or is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - fixed words
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
