"""SELinux and firewalld by stand-ins for their programs, which keep what they were told and answer by it."""

from pathlib import Path

import pytest

from cinestreamd.deploy.guards import firewall_steps, guards_by_labels, selinux_steps
from cinestreamd.deploy.steps import InstallFailedError, answer, run

PROGRAMS = {
    "getenforce": "echo Enforcing",
    "getsebool": 'if [ -e "$told/$1" ]; then echo "$1 --> on"; else echo "$1 --> off"; fi',
    "setsebool": '[ "$1" = -P ] && touch "$told/$2"',
    "semanage": (
        'if [ "$2" = -l ]; then cat "$told/labels"; '
        'else echo "$5    all files    system_u:object_r:$4:s0" >> "$told/labels"; fi'
    ),
    "restorecon": 'echo "$2" >> "$told/restored"',
    "install": 'echo "$2" >> "$told/folders"',
    "firewall-cmd": (
        'case "$*" in --state) echo running;; --reload) touch "$told/reloaded";; '
        '*--query-service=*) [ -e "$told/${2#*=}" ];; *) touch "$told/${2#*=}";; esac'
    ),
}


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host like Fedora as it comes: SELinux in force, firewalld running, nothing of ours let through."""
    programs, told = tmp_path / "programs", tmp_path / "told"
    programs.mkdir()
    told.mkdir()
    (told / "labels").touch()
    for name, script in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\ntold={told}\n{script}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return told


def test_selinux_is_told_once_what_nginx_may_do(told: Path) -> None:
    steps = list(selinux_steps())
    assert [step.detail.splitlines() for step in steps] == [
        ["setsebool -P httpd_can_network_connect on"],
        [
            "install -d /var/lib/cinestreamd-acme",
            "semanage fcontext -a -t httpd_sys_content_t /var/lib/cinestreamd-acme(/.*)?",
            "restorecon -R /var/lib/cinestreamd-acme",
        ],
        [
            "install -d /var/cache/cinestreamd-nginx",
            "semanage fcontext -a -t httpd_cache_t /var/cache/cinestreamd-nginx(/.*)?",
            "restorecon -R /var/cache/cinestreamd-nginx",
        ],
    ]
    assert sorted(path.name for path in told.iterdir()) == ["labels"], "a plan changes nothing"
    for step in steps:
        step.do()
    assert (told / "restored").read_text().split() == ["/var/lib/cinestreamd-acme", "/var/cache/cinestreamd-nginx"]
    assert list(selinux_steps()) == []
    (told / "httpd_can_network_connect").unlink()
    assert [step.title for step in selinux_steps()] == ["Let nginx reach the daemon (SELinux)"]


def test_firewall_is_opened_once_for_visitors(told: Path) -> None:
    [step] = firewall_steps()
    assert step.detail.splitlines() == [
        "firewall-cmd --permanent --add-service=http",
        "firewall-cmd --permanent --add-service=https",
        "firewall-cmd --reload",
    ]
    step.do()
    assert list(firewall_steps()) == []
    (told / "https").unlink()
    [step] = firewall_steps()
    assert step.detail.splitlines()[0] == "firewall-cmd --permanent --add-service=https"


@pytest.mark.parametrize(
    ("rules", "shut"),
    [
        ("Status: inactive", []),
        ("Status: active", ["80", "443"]),
        ("Status: active\n\n22/tcp    ALLOW    Anywhere\n8080/tcp  ALLOW    Anywhere", ["80", "443"]),
        ("Status: active\n\n80/tcp    ALLOW    Anywhere\n443   ALLOW    10.0.0.0/8", ["443"]),
        ("Status: active\n\n80,443/tcp    ALLOW IN    Anywhere", []),
        ("Status: active\n\nNginx Full    ALLOW    Anywhere", []),
        ("Status: active\n\nNginx Full    DENY    Anywhere", ["80", "443"]),
    ],
)
def test_ufw_is_opened_where_it_is_active_and_shut(told: Path, tmp_path: Path, rules: str, shut: list[str]) -> None:
    (tmp_path / "programs" / "firewall-cmd").unlink()
    (told / "rules").write_text(f"{rules}\n")
    program = tmp_path / "programs" / "ufw"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = status ] && cat {told}/rules || echo "$2 ALLOW Anywhere" >> {told}/rules\n'
    )
    program.chmod(0o755)
    steps = list(firewall_steps())
    assert [line for step in steps for line in step.detail.splitlines()] == [f"ufw allow {port}/tcp" for port in shut]
    for step in steps:
        step.do()
    assert list(firewall_steps()) == []


def test_host_without_guards_needs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert guards_by_labels() is False
    assert [*selinux_steps(), *firewall_steps()] == []


def test_selinux_that_is_off_and_a_firewall_that_does_not_run_need_nothing(told: Path, tmp_path: Path) -> None:
    (tmp_path / "programs" / "getenforce").write_text("#!/bin/sh\necho Disabled\n")
    (tmp_path / "programs" / "firewall-cmd").write_text("#!/bin/sh\necho not running >&2\nexit 252\n")
    assert [*selinux_steps(), *firewall_steps()] == []
    assert list(told.iterdir()) == [told / "labels"]


def test_program_that_fails_is_told(told: Path) -> None:
    (told / "labels").unlink()
    assert answer("semanage", "fcontext", "-l") is None
    with pytest.raises(InstallFailedError, match="semanage fcontext -l failed: cat: "):
        run(["semanage", "fcontext", "-l"])
