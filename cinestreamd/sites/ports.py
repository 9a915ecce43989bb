"""Whether a port is still to be had: the daemon could listen on it now."""

import os
import socket

from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_


class PortInUseError(InvalidInputError):
    """Another program listens on a port that a site wants."""

    code = "port_in_use"
    message = N_("Port {port} cannot be used ({problem}); choose another --start-port, or none to have one found.")


def port_problem(address: str, port: int) -> str | None:
    """Why nobody could listen on ``port`` of ``address`` now; None when somebody could."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # Bound, never listening: so two commands that look at the same moment do not take each other for a server.
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left may be taken again
        try:
            sock.bind((address, port))
        except OSError as error:
            return os.strerror(error.errno or 0)
    return None


def require_ports(address: str, ports: set[int]) -> None:
    """Refuse ports on which somebody else listens.

    Raises:
        PortInUseError: names the lowest one.
    """
    for port in sorted(ports):
        problem = port_problem(address, port)
        if problem is not None:
            raise PortInUseError(port=port, problem=problem)
