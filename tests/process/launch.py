"""Starts the daemon under test: ``launch.py STATE_DIR CONFIG MODULE:FUNCTION [DEMO_PORT]``."""

# ruff: noqa: E402 - as in the product's own command, names are made before anything else is loaded
from cinestreamd.hot_names import make_names

make_names()

import sys
from pathlib import Path

from cinestreamd.config_file import load_settings
from cinestreamd.errors import CinestreamError
from cinestreamd.master.daemon import DemoOptions, run_daemon
from cinestreamd.sites.pauses import Pauses
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.survey import survey

state_dir, config, entries = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
demo = DemoOptions(int(sys.argv[4])) if len(sys.argv) > 4 else None
registry = Registry(state_dir)
try:
    sys.exit(
        run_daemon(
            settings=load_settings(config),
            load_settings=lambda: load_settings(config),
            state_dir=state_dir,
            sites=lambda: survey(registry, without=Pauses(state_dir).names()).only(lambda site: site.settings.enabled),
            demo=demo,
            entries=entries,
        )
    )
except CinestreamError as error:
    sys.stderr.write(f"cinestreamd: {error}\n")
    sys.exit(error.exit_code)
