"""What the master tells a web worker of its own site."""

from typing import Final

from cinestreamd.master.agents import Agents
from cinestreamd.master.workers import Workers
from cinestreamd.site_state import ProcessState, SiteState

MOST_TOLD: Final = 50
"""So many waiting cities are named, so that all fits into one message."""


def state_of(workers: Workers, agents: Agents, *, state: str, now: float) -> SiteState:
    """The site's processes at ``now`` (the master's clock), and the cities that wait for an agent."""
    told = [
        ProcessState(
            role=ward.duty.role,
            state=ward.state,
            seconds=round(now - ward.born, 1) if ward.process is not None else None,
            restarts=ward.child.restarts,
            requests_per_second=ward.rate,
            port=ward.duty.port,
        )
        for ward in workers.wards
    ]
    told += [
        ProcessState(role="agent", state=run.outcome, seconds=round(now - run.born, 1), city_id=city_id)
        for city_id, run in sorted(agents.running.items())
    ]
    waiting = list(agents.queue)
    return SiteState(state=state, processes=tuple(told), waiting=tuple(waiting[:MOST_TOLD]), queued=len(waiting))
