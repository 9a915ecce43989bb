"""Whose a site's files are where root runs the daemon: secrets and settings root's, data the user's of the site.

So a worker that has become that user opens neither ``.env`` nor ``agent.env``, and cannot put others in their place:
each is read in the process that is to have it, before that becomes anybody.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from cinestreamd.privileges import Identity
from cinestreamd.sites.files import Folder
from cinestreamd.sites.model import Site
from cinestreamd.sites.system_user import agent_identity_of, identity_of, named_user

PACKAGED_USER: Final = "cinestreamd"
"""The system user that a package makes: whose the sites are that root makes and that name none."""


def settle(sites: Folder, folder: Folder, user: Identity | None) -> None:
    """Where root has made or changed a site's folder: make it a user's, or whose the folder of all sites is (None).

    A user of its own must pass through the folders above, where it can list nothing.
    """
    if os.geteuid() != 0:
        return
    if user is None:
        folder.give_to(*sites.owner)
        folder.allow(0o700)
        return
    sites.allow(0o711)
    with Folder.at(sites.path.parent) as state:
        state.allow(0o711)
    _hand_over(folder, user)


def _hand_over(folder: Folder, user: Identity) -> None:
    """Make a site's folder root's, open to the user's group alone, and its data the user's."""
    folder.give_to(0, user[1])
    folder.allow(0o750)
    with folder.enter("data") as data:
        data.give_to(*user)
    if folder.has("theme"):
        with folder.enter("theme") as theme:
            theme.open_to_group(0o5)


def arrange(site: Site, agent_user: str) -> None:
    """Before root serves a site: its secrets are root's if it has a user of its own, its data open to its agents.

    Of a folder that belongs to a user without being named in the site's settings nothing is changed: the daemon may
    run as that user the next time.

    Raises:
        ConfigurationError: the folder is somebody else's.
    """
    user = identity_of(site)
    if os.geteuid() != 0 or user is None:
        return
    with Folder.at(Path(site.directory)) as folder:
        if folder.owner[0] != 0:
            if not site.settings.user:
                return
            _hand_over(folder, user)
        if named_user(agent_user) is not None:
            with folder.enter("data") as data:
                data.open_to_group(0o7)


def make_shared_folder(state_dir: Path, sites: Sequence[Site], agent_user: str) -> Path:
    """The folder through which all agents of a daemon take turns; theirs, where they have a user of their own.

    Without it they do their work all the same, and say so.
    """
    user = named_user(agent_user) if os.geteuid() == 0 else None
    own = user is not None and any((agent_identity_of(site, agent_user) or (0,))[0] == user[0] for site in sites)
    with suppress(OSError), Folder.at(state_dir) as state:
        if not state.has("agents"):
            with state.make("agents"):
                pass
        if user is not None and own:
            with state.enter("agents") as shared:
                shared.give_to(*user)
    return state_dir / "agents"
