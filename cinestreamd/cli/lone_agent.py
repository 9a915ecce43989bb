"""An agent without a daemon: forked by the command itself, its user, files and resources bound as any agent's are."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from cinestreamd import agent_process
from cinestreamd import log as logs
from cinestreamd.channel import channel_pair
from cinestreamd.child_process import Exit, Inheritance
from cinestreamd.errors import CinestreamError
from cinestreamd.i18n import N_
from cinestreamd.privileges import become
from cinestreamd.sites.env import hold
from cinestreamd.sites.system_user import agent_identity_of
from cinestreamd.specs import AgentSpec, encode_spec

STANDARD_ERROR = 2


class AgentEndedError(CinestreamError):
    """The agent ended in another way than by finishing its run."""

    code = "agent_ended"
    message = N_("The agent that read {city} ended without a result ({how}); what it said is above")


def run_alone(spec: AgentSpec) -> None:
    """Have an agent do its work in a process of its own, and wait until it is gone.

    The caller must have one thread, no event loop and no open database. When it is interrupted, or dies, the agent
    gives its lease back and goes. What the agent logs goes to standard error.

    Raises:
        AgentEndedError: it crashed, or was ended by the system.
        ConfigurationError: the site's folder is somebody else's.
    """
    user = agent_identity_of(spec.site, spec.settings.daemon.agent_user)
    ours, theirs = channel_pair()
    sys.stdout.flush()
    with theirs:
        child = os.fork()
        if child == 0:
            ours.close()
            _live(spec, user, theirs.fileno())
    try:
        _, status = os.waitpid(child, 0)
    except KeyboardInterrupt:
        ours.close()
        os.waitpid(child, 0)
        raise
    ours.close()
    code = os.waitstatus_to_exitcode(status)
    if code != Exit.DONE:
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise AgentEndedError(city=spec.city_id, how=how)


def _live(spec: AgentSpec, user: tuple[int, int] | None, channel: int) -> NoReturn:
    """Be the agent."""
    code: int = Exit.CRASHED
    try:
        held = hold(Path(spec.site.directory, "agent.env"))
        become(user)
        logs.configure(spec.settings.daemon, descriptor=STANDARD_ERROR)
        inherited = Inheritance(encode_spec(spec), {"channel": channel}, logging=spec.settings.daemon, held=held)
        code = agent_process.run(inherited)
    except BaseException:  # noqa: BLE001 - nothing may climb out of the child into the command
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)
