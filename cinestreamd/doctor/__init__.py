"""What may keep an installation from working, and what to do about it. Nothing is changed."""

from collections.abc import Iterator
from typing import Final

from cinestreamd.doctor.finding import Check, Finding, Patient
from cinestreamd.doctor.front import examine_certificates, examine_nginx, examine_renewal
from cinestreamd.doctor.host import examine_clock, examine_disk, examine_open_files, examine_python
from cinestreamd.doctor.outside import examine_dns, examine_keys, examine_robots
from cinestreamd.doctor.protection import examine_lock, examine_user
from cinestreamd.doctor.sites import examine_configuration, examine_daemon, examine_files, examine_ports, examine_stores
from cinestreamd.doctor.spending import examine_access, examine_account
from cinestreamd.errors import CinestreamError

__all__ = ["CHECKS", "Finding", "Patient", "examine"]

CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("python", examine_python),
    ("open files", examine_open_files),
    ("clock", examine_clock),
    ("disk", examine_disk),
    ("configuration", examine_configuration),
    ("files", examine_files),
    ("lock", examine_lock),
    ("user", examine_user),
    ("store", examine_stores),
    ("daemon", examine_daemon),
    ("ports", examine_ports),
    ("nginx", examine_nginx),
    ("certificate", examine_certificates),
    ("renewal", examine_renewal),
    ("dns", examine_dns),
    ("key", examine_keys),
    ("account", examine_account),
    ("claude", examine_access),
    ("robots", examine_robots),
)
"""Every check by name, in the order in which one builds on the other."""


def examine(patient: Patient) -> Iterator[tuple[str, Finding]]:
    """Each finding with the name of its check. A check that itself fails is a finding as well."""
    for name, check in CHECKS:
        try:
            for finding in check(patient):
                yield name, finding
        except (CinestreamError, OSError) as error:
            yield name, Finding("fail", " ".join(str(error).split()))
