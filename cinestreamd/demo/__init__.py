"""The demo town: websites of seven fictional cinemas on one loopback port, and the settings of a site that reads them.

Everything about them is invented, and every page says so. Nothing here needs a network. ``docs/DEMO.md`` tells what
each website is there to show.
"""
