"""Ports: bound all or none, wanted by one site each, or given by a service manager."""

import os
import subprocess
import sys

import pytest

from cinestreamd.errors import ConfigurationError
from cinestreamd.master.listeners import bind, take_given


@pytest.mark.parametrize("environment", [{}, {"LISTEN_PID": "1", "LISTEN_FDS": "3"}, {"LISTEN_FDS": "3"}])
def test_sockets_given_to_somebody_else_are_not_ours(environment: dict[str, str]) -> None:
    assert take_given(environment) == {}


def test_count_of_given_sockets_that_is_no_number_gives_none() -> None:
    assert take_given({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "many"}) == {}


def test_binding_is_all_or_nothing() -> None:
    first = bind("127.0.0.1", [0], {})
    taken = first[0].port
    with pytest.raises(ConfigurationError, match=rf"127\.0\.0\.1:{taken}: cannot listen here"):
        bind("127.0.0.1", [0, taken], {})
    first[0].close()


def test_address_of_another_machine_is_refused_in_words() -> None:
    with pytest.raises(ConfigurationError, match=r"192\.0\.2\.1:"):
        bind("192.0.2.1", [0], {})


def test_descriptors_that_are_none_are_passed_over() -> None:
    """Also when more are announced than there are: the numbers may belong to files of this process."""
    program = (
        "import os, sys; from cinestreamd.master.listeners import take_given; "
        "file = os.open(os.devnull, os.O_RDONLY); assert file == 3, file; "
        "print(take_given({'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': '4'}), os.fstat(3).st_rdev > 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "{} True"
