"""The packaged cities, for the whole life of the tests' process, as a worker has them for its own."""

import atexit
from typing import Final

from cinestreamd.gazetteer import Gazetteer

CITIES: Final = Gazetteer()
atexit.register(CITIES.close)
