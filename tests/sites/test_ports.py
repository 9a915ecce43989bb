import socket

import pytest
from free_ports import free_ports

from cinestreamd.sites.ports import PortInUseError, port_problem, require_ports


def test_port_on_which_somebody_listens_cannot_be_had() -> None:
    with socket.create_server(("127.0.0.1", free_ports())) as server:
        port = server.getsockname()[1]
        assert port_problem("127.0.0.1", port) == "Address already in use"
        with pytest.raises(PortInUseError, match=str(port)):
            require_ports("127.0.0.1", {port})
    assert port_problem("127.0.0.1", port) is None


def test_who_only_looks_is_in_nobodys_way() -> None:
    """Two commands that look for ports at the same moment find the same ones free."""
    port = free_ports()
    with socket.socket() as looking:
        looking.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        looking.bind(("127.0.0.1", port))
        assert port_problem("127.0.0.1", port) is None
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port))
