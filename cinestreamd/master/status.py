"""What ``cinestreamd status`` shows: every process of the family, each site, and the agents' queues."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from cinestreamd.master.agent_run import AgentRun
from cinestreamd.master.forker import Forker
from cinestreamd.master.tenant import Tenant
from cinestreamd.master.ward import Ward
from cinestreamd.sites.system_user import name_of

Row = dict[str, Any]


def ward_row(ward: Ward, now: float) -> Row:
    """One worker, or the demo's server."""
    process = ward.process
    alive = process is not None
    return {
        "role": ward.duty.role,
        "site": ward.duty.site,
        "port": ward.duty.port,
        "pid": process.pid if process is not None else None,
        "state": ward.state,
        "age": round(now - ward.born, 1) if alive else None,
        "restarts": ward.child.restarts,
        "cause": ward.child.cause,
        "heartbeat_age": round(now - ward.child.heard, 2) if alive else None,
        "requests": ward.beat.requests,
        "requests_per_second": ward.rate,
        "in_flight": ward.beat.in_flight,
        "connections": ward.beat.connections,
        "loop": ward.loop,
    }


def zygote_row(forker: Forker, now: float) -> Row:
    """The zygote."""
    return {
        "role": "zygote",
        "pid": forker.process.pid if forker.process is not None else None,
        "state": forker.child.state,
        "age": round(now - forker.child.since, 1),
        "restarts": forker.child.restarts,
        "cause": forker.child.cause,
    }


def agent_row(run: AgentRun, now: float) -> Row:
    """One agent."""
    return {
        "role": "agent",
        "site": run.spec.site.name,
        "city": run.spec.city_id,
        "run": run.spec.run_id,
        "trigger": run.spec.trigger,
        "pid": run.process.pid if run.process is not None else None,
        "state": run.outcome,
        "age": round(now - run.born, 1),
    }


def site_row(tenant: Tenant) -> Row:
    """One site."""
    settings = tenant.workers.posting.site.settings
    states = [port.current.state for port in tenant.workers.ports.values()]
    return {
        "site": tenant.name,
        "state": tenant.state,
        "ports": [settings.ports.start, settings.ports.stop - 1],
        "workers": len(states),
        "ready": states.count("ready"),
        "outdated": tenant.workers.outdated,
        "refusing": [port.number for port in tenant.workers.ports.values() if port.listener.refusing],
    }


def queue_row(tenant: Tenant) -> Row:
    """The agents of one site."""
    agents = tenant.agents
    return {"running": sorted(agents.running), "queued": list(agents.queue), "outcomes": dict(agents.outcomes)}


def add_memory(rows: Iterable[Row], read: Callable[[int], tuple[int, int] | None] | None = None) -> None:
    """Add resident and proportional memory in bytes, and the user, to each row. Reads /proc: not for an event loop."""
    reader = read or memory_of
    for row in rows:
        pid = row["pid"]
        row["rss"], row["pss"] = (pid and reader(pid)) or (None, None)
        row["user"] = pid and user_of(pid)


def user_of(pid: int) -> str | None:
    """The name of the user that a process is; None if it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("Uid:"):
                return name_of(int(line.split()[2]))
    return None


def memory_of(pid: int) -> tuple[int, int] | None:
    """Resident and proportional memory of a process in bytes, by smaps_rollup; None if it cannot be read."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return None
    sizes = {
        fields[0]: int(fields[1]) * 1024
        for line in text.splitlines()
        if (fields := line.split())[0] in {"Rss:", "Pss:"}
    }
    return sizes.get("Rss:", 0), sizes.get("Pss:", 0)
