"""Commands to a running daemon, for the command line."""

import socket
from pathlib import Path
from typing import Any, Final

import msgspec

from cinestreamd.errors import CinestreamError, UnavailableError
from cinestreamd.i18n import N_
from cinestreamd.master.control_protocol import (
    MAX_LINE,
    VERSION,
    Problem,
    Request,
    Response,
    socket_path,
    with_short_address,
)

TIMEOUT: Final = 10.0
"""Seconds for an answer to a command that does not wait for anything."""


class NotRunningError(UnavailableError):
    """No daemon answers."""

    code = "not_running"
    message = N_("No cinestreamd answers on {state_dir} ({problem}); start one with: cinestreamd run")


class CommandFailedError(CinestreamError):
    """The daemon did not carry out a command; ``problem_code`` and ``exit_code`` are its own."""

    code = "command_failed"
    message = "{problem}"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem=problem.message)
        self.problem_code = problem.code
        self.exit_code = problem.exit_code  # type: ignore[misc]  # this error speaks for another one


class ControlClient:
    """Talks to the daemon of one state directory. Every call is one connection."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir

    def call(self, command: str, *, timeout: float | None = TIMEOUT, **arguments: Any) -> Any:
        """Give a command and return its result. ``timeout`` is in seconds; None waits for as long as it takes.

        Raises:
            NotRunningError: there is no daemon, or none that answers in time.
            CommandFailedError: the daemon refused the command or could not carry it out.
        """
        request = msgspec.json.encode(Request(VERSION, command, arguments)) + b"\n"
        try:
            answer = self._exchange(request, timeout)
            response = msgspec.json.decode(answer, type=Response)
        except (OSError, msgspec.MsgspecError) as error:
            problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise NotRunningError(state_dir=self._state_dir, problem=problem, retry_after=1) from None
        if response.problem is not None:
            raise CommandFailedError(response.problem)
        return response.result

    def _exchange(self, request: bytes, timeout: float | None) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(timeout)
            with_short_address(socket_path(self._state_dir), sock, bind=False)
            sock.sendall(request)
            with sock.makefile("rb") as answers:
                line = answers.readline(MAX_LINE)
        if not line.endswith(b"\n"):
            raise ConnectionResetError("it closed the connection without an answer")
        return line
