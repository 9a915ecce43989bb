"""Sites that were stopped by hand: they stay so until they are started, or until the daemon starts the next time.

Each is an empty file ``STATE/run/stopped/NAME``.
"""

from pathlib import Path

from cinestreamd.sites.files import Folder


class Pauses:
    """The stopped sites of one state directory."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir

    def names(self) -> frozenset[str]:
        """The names of the stopped sites."""
        try:
            with Folder.at(self._state_dir) as state, state.enter("run") as run, run.enter("stopped") as stopped:
                return frozenset(stopped.names())
        except FileNotFoundError:
            return frozenset()

    def set(self, names: frozenset[str]) -> None:
        """Let exactly these sites be stopped."""
        with Folder.at(self._state_dir) as state:
            if not state.has("run"):
                with state.make("run"):
                    pass
            with state.enter("run") as run:
                run.remove("stopped")
                if names:
                    with run.make("stopped") as stopped:
                        for name in names:
                            stopped.write(name, b"", mode=0o600)
