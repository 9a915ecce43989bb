"""The control socket: status, reload, restart, stop and scrape, for who may open it.

A client that is slow, silent or talks nonsense costs one small task for a few seconds and nothing else.
"""

import asyncio
import grp
import os
import socket
import stat
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from cinestreamd.errors import CinestreamError, ConfigurationError, InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.master.control_protocol import (
    MAX_REQUEST,
    VERSION,
    Problem,
    Request,
    Response,
    socket_path,
    with_short_address,
)

TALK_TIMEOUT: Final = 5.0
"""Seconds for a client to send its request, and again to take the answer."""

MAX_CLIENTS: Final = 32
UNLOGGED: Final = frozenset({"status", "metrics"})
"""Commands that change nothing and are given often."""

Command = Callable[[Mapping[str, Any]], Awaitable[Any]]

log = structlog.get_logger()


class BadCommandError(InvalidInputError):
    """What came over the control socket is no command of this version."""

    code = "bad_command"
    message = N_("This daemon does not understand that command ({problem}).")


class ControlServer:
    """Listens on ``STATE/run/control.sock`` and carries out ``commands`` by name."""

    def __init__(self, state_dir: Path, commands: Mapping[str, Command], *, group: str = "") -> None:
        self._path = socket_path(state_dir)
        self._commands = commands
        self._group = group
        self._server: asyncio.Server | None = None
        self._clients = 0

    async def start(self) -> None:
        """Open the socket. The daemon's lock is held, so one that is found there is a dead daemon's.

        Raises:
            ConfigurationError: it cannot be opened, or the group does not exist.
        """
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._path.unlink(missing_ok=True)
            # The mode of the socket is the mode of the file that bind() makes: it is never open to others.
            os.fchmod(sock.fileno(), 0o600)
            with_short_address(self._path, sock, bind=True)
            self._path.chmod(0o600)
            if self._group:
                self._open_to_group()
        except OSError as error:
            sock.close()
            raise ConfigurationError(place=self._path, problem=f"cannot be made ({error.strerror})") from None
        self._server = await asyncio.start_unix_server(self._talk, sock=sock, limit=MAX_REQUEST)

    async def close(self) -> None:
        """Close and remove the socket."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    def _open_to_group(self) -> None:
        try:
            number = grp.getgrnam(self._group).gr_gid
        except KeyError:
            raise ConfigurationError(place="supervisor.control_group", problem=f"no group {self._group}") from None
        for path, mode in ((self._path.parent, 0o750), (self._path, 0o660)):
            os.chown(path, -1, number)
            path.chmod(mode)
        state = self._path.parent.parent
        mode = stat.S_IMODE(state.stat().st_mode)
        if not mode & stat.S_IXOTH:  # the group may pass through to the socket, and list nothing
            os.chown(state, -1, number)
            state.chmod(mode | stat.S_IXGRP)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients += 1
        try:
            if self._clients > MAX_CLIENTS:
                return
            async with asyncio.timeout(TALK_TIMEOUT):
                line = await reader.readline()
            if line:
                response = await self._answer(line, _peer(writer))
                writer.write(msgspec.json.encode(response) + b"\n")
                writer.close()
                async with asyncio.timeout(TALK_TIMEOUT):
                    await writer.wait_closed()
        except (TimeoutError, ValueError, OSError) as error:
            log.info("control_client_dropped", problem=type(error).__name__)
        finally:
            self._clients -= 1
            writer.transport.abort()  # closing would wait for the client to take what is left

    async def _answer(self, line: bytes, peer: dict[str, int]) -> Response:
        try:
            request = self._understand(line)
            if request.command not in UNLOGGED:
                log.info("control_command", command=request.command, **peer)
            return Response(result=await self._commands[request.command](request.arguments))
        except CinestreamError as error:
            return Response(problem=Problem(error.code, str(error), error.exit_code))
        except Exception:
            log.exception("control_command_failed")
            return Response(problem=Problem("internal", "The command failed; the log says why."))

    def _understand(self, line: bytes) -> Request:
        try:
            request = msgspec.json.decode(line, type=Request)
        except msgspec.MsgspecError as error:
            raise BadCommandError(problem=str(error)) from None
        if request.v != VERSION:
            raise BadCommandError(problem=f"version {request.v}; this daemon speaks version {VERSION}")
        if request.command not in self._commands:
            raise BadCommandError(problem=f"there is none named {request.command[:40]!r}")
        return request


def _peer(writer: asyncio.StreamWriter) -> dict[str, int]:
    sock = writer.get_extra_info("socket")
    pid, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return {"peer_pid": pid, "peer_uid": uid}
