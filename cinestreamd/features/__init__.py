"""The capabilities of the product: one folder each, one line each in ``FEATURES``."""

from cinestreamd.feature import Feature
from cinestreamd.features.api import FEATURE as API
from cinestreamd.features.cities import FEATURE as CITIES
from cinestreamd.features.console import FEATURE as CONSOLE
from cinestreamd.features.crawlers import FEATURE as CRAWLERS
from cinestreamd.features.guide import FEATURE as GUIDE
from cinestreamd.features.health import FEATURE as HEALTH
from cinestreamd.features.offline import FEATURE as OFFLINE
from cinestreamd.features.scrapes import FEATURE as SCRAPES
from cinestreamd.features.search import FEATURE as SEARCH
from cinestreamd.features.visits import FEATURE as VISITS

FEATURES: tuple[Feature, ...] = (CITIES, GUIDE, SEARCH, SCRAPES, VISITS, OFFLINE, CRAWLERS, API, HEALTH, CONSOLE)
