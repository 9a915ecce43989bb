"""systemd's view of the daemon: one hardened service, sockets per site, its system user, its folders.

Every value that goes in is a number or was matched as a whole by type. Directives are explained in systemd.exec(5),
systemd.service(5), systemd.socket(5), sysusers.d(5) and tmpfiles.d(5).
"""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

from msgspec import Struct

from cinestreamd.deploy.paths import plain_path
from cinestreamd.sites.model import Site

HEADER: Final = "# Rendered by cinestreamd deploy systemd; changes here are lost. Use: systemctl edit\n"
SERVICE: Final = "cinestreamd.service"
SOCKETS: Final = f"systemd/system/{SERVICE}.d/cinestreamd-sockets.conf"
"""The file below ``etc`` that has the service take its ports from systemd."""

STATE: Final = "/var/lib/cinestreamd"
WEBROOT: Final = "/var/lib/cinestreamd-acme"
"""Where certbot puts challenges and nginx reads them: root's, apart from what the daemon may write."""

_UNIT: Final = """\
[Unit]
Description=Cinema guide (cinestreamd)
Wants=network-online.target
After=network-online.target mongod.service
StartLimitIntervalSec=60
StartLimitBurst=5

[Service]
Type=notify
NotifyAccess=main
ExecStart={program} run
ExecReload=/bin/kill -HUP $MAINPID
User=cinestreamd
Group=cinestreamd
SyslogIdentifier=cinestreamd
KillMode=mixed
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=78
TimeoutStartSec=90
TimeoutStopSec=30
WatchdogSec=30
OOMPolicy=continue
LimitNOFILE=65536
TasksMax=4096
UMask=0077
{state}
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
PrivateIPC=yes
PrivateMounts=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
DevicePolicy=closed
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallFilter=landlock_create_ruleset landlock_add_rule landlock_restrict_self
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


_SITE_USERS: Final = """\
# A site has a system user of its own, so the master is root and its children become that user: it may change users,
# own and signal what is theirs, and reach their files; nothing else is given back.
[Service]
User=root
Group=root
StateDirectory=
Environment=CINESTREAMD_STATE_DIR={state_dir}
ReadWritePaths={state_dir}
PrivateUsers=no
CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_KILL CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE
SystemCallFilter=@setuid @chown setfsuid setfsgid capset
"""


class Service(Struct, frozen=True, kw_only=True):
    """What the unit must know: the installed program, and the state directory."""

    program: str = "/usr/bin/cinestreamd"
    state_dir: str = STATE


def render_service(service: Service) -> str:
    """The service unit. No range of private addresses is denied: the host's DNS and MongoDB may live there.

    Raises:
        PlainPathError: a path cannot be used.
    """
    state_dir = plain_path(service.state_dir)
    if state_dir == STATE:
        state = "StateDirectory=cinestreamd\nStateDirectoryMode=0700"
    else:
        state = f"Environment=CINESTREAMD_STATE_DIR={state_dir}\nReadWritePaths={state_dir}"
    return HEADER + _UNIT.format(program=plain_path(service.program), state=state)


def render_site_users(service: Service) -> str:
    """The drop-in that widens the service by what sites with system users of their own need.

    systemd would give a StateDirectory to root as a whole; here each site's folder stays its user's.
    """
    return HEADER + _SITE_USERS.format(state_dir=plain_path(service.state_dir))


def render_sockets(site: Site, address: str) -> str:
    """The socket unit of a site: systemd holds its ports, so that they queue while the daemon is restarted.

    ``address`` is the one that workers listen on.
    """
    host = ip_address(address)
    shown = f"[{host}]" if host.version == 6 else str(host)
    streams = "".join(f"ListenStream={shown}:{port}\n" for port in site.settings.ports)
    return (
        f"{HEADER}[Unit]\nDescription=Ports of cinema guide {site.name} (cinestreamd)\n\n"
        f"[Socket]\n{streams}Backlog=1024\nService={SERVICE}\n\n[Install]\nWantedBy=sockets.target\n"
    )


def render_sysusers(service: Service) -> str:
    """The daemon's system user, and the one that agents become where the daemon is root."""
    daemon = f'u cinestreamd - "cinestreamd cinema guide" {plain_path(service.state_dir)}\n'
    return f'{HEADER}{daemon}u cinestreamd-agent - "cinestreamd agents" -\n'


def render_tmpfiles(service: Service, *, site_users: bool = False) -> str:
    """The folders that must be there before the daemon and nginx start.

    With ``site_users`` others may pass through the state directory, to what is their own, and list nothing.
    """
    state_dir, mode = plain_path(service.state_dir), "0711" if site_users else "0700"
    return f"{HEADER}d {state_dir} {mode} cinestreamd cinestreamd -\nd {WEBROOT} 0755 root root -\n"


def packaged_files(service: Service) -> dict[str, str]:
    """What a package brings, by path below ``lib``."""
    return {
        f"systemd/system/{SERVICE}": render_service(service),
        "sysusers.d/cinestreamd.conf": render_sysusers(service),
        "tmpfiles.d/cinestreamd.conf": render_tmpfiles(service),
    }


def host_files(service: Service, sites: Sequence[Site], *, sockets: str | None) -> dict[str, str]:
    """What ``deploy systemd`` installs, by path below ``etc``.

    ``sockets`` is the address whose ports systemd holds for the daemon; None: the daemon binds them itself.
    """
    files = packaged_files(service)
    if any(site.settings.user for site in sites):
        files[f"systemd/system/{SERVICE}.d/cinestreamd-site-users.conf"] = render_site_users(service)
        files["tmpfiles.d/cinestreamd.conf"] = render_tmpfiles(service, site_users=True)
    if sockets is not None:
        for site in sites:
            files[f"systemd/system/{socket_unit(site.name)}"] = render_sockets(site, sockets)
        names = " ".join(socket_unit(site.name) for site in sites)
        wants = f"{HEADER}[Service]\nSockets={names}\n"
        files[SOCKETS] = wants
    return files


def socket_unit(name: str) -> str:
    """The name of a site's socket unit."""
    return f"cinestreamd-{name}.socket"
