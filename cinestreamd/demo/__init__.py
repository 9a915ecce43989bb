"""The demo town: websites of six fictional cinemas on one loopback port, and the settings of a site that reads them.

Everything about them is invented, and every page says so. Nothing here needs a network. ``docs/DEMO.md`` tells what
each website is there to show.
"""

from cinestreamd.demo.server import create_demo_app
from cinestreamd.demo.settings import demo_settings

__all__ = ["create_demo_app", "demo_settings"]
