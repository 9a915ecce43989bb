"""What guards a host, and must let visitors come to nginx and nginx to the daemon: SELinux, firewalld and ufw.

Each is asked by its own program, so that a host without it needs nothing: getenforce(8), getsebool(8),
semanage-fcontext(8), firewall-cmd(1), ufw(8).
"""

import re
from collections.abc import Iterator
from typing import Final

from cinestreamd.deploy.front import Front
from cinestreamd.deploy.steps import Step, answer, commands

CONNECT: Final = "httpd_can_network_connect"
"""SELinux's word for: nginx may open connections to any port, those of the workers among them."""

_LABELS: Final = ((Front().webroot, "httpd_sys_content_t"), (Front().cache, "httpd_cache_t"))


def guards_by_labels() -> bool:
    """Whether SELinux is in force, or would be without its being told to look on only."""
    return answer("getenforce") in {"Enforcing", "Permissive"}


def selinux_steps() -> Iterator[Step]:
    """What SELinux is still to be told: nginx reaches the workers, the challenges and its cache."""
    if not guards_by_labels():
        return
    if not (answer("getsebool", CONNECT) or "").endswith("on"):
        yield commands("Let nginx reach the daemon (SELinux)", ["setsebool", "-P", CONNECT, "on"])
    known = answer("semanage", "fcontext", "-l", "-C", "-n") or ""
    for folder, label in _LABELS:
        pattern = f"{folder}(/.*)?"
        if not any(line.startswith(f"{pattern} ") and f":{label}:" in line for line in known.splitlines()):
            yield commands(
                f"Let nginx use {folder} (SELinux)",
                ["install", "-d", folder],
                ["semanage", "fcontext", "-a", "-t", label, pattern],
                ["restorecon", "-R", folder],
            )


def firewall_steps() -> Iterator[Step]:
    """What firewalld or ufw is still to be told, where it runs: visitors come in by http and https."""
    yield from _firewalld_steps()
    rules = answer("ufw", "status") or ""
    if "Status: active" in rules:
        shut = [port for port in ("80", "443") if not _lets_in(rules, port)]
        if shut:
            yield commands("Let visitors in (ufw)", *(["ufw", "allow", f"{port}/tcp"] for port in shut))


def _lets_in(rules: str, port: str) -> bool:
    """Whether a rule of ufw lets everybody come to a port; ``Nginx Full`` is its profile for both."""
    place = rf"(?:Nginx Full|(?:\d+,)*{port}(?:,\d+)*(?:/tcp)?)"
    return re.search(rf"^{place} +ALLOW(?: IN)? +Anywhere", rules, re.MULTILINE) is not None


def _firewalld_steps() -> Iterator[Step]:
    if answer("firewall-cmd", "--state") is None:
        return
    shut = [
        service
        for service in ("http", "https")
        if answer("firewall-cmd", "--permanent", f"--query-service={service}") is None
    ]
    if shut:
        opened = [["firewall-cmd", "--permanent", f"--add-service={service}"] for service in shut]
        yield commands("Let visitors in (firewalld)", *opened, ["firewall-cmd", "--reload"])
