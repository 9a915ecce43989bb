"""Cities of the world, offline: names in three languages, coordinates, timezone; search by prefix and by point."""

from cinestreamd.gazetteer.database import UnusableGazetteerError
from cinestreamd.gazetteer.gazetteer import Gazetteer, PointOutOfRangeError
from cinestreamd.gazetteer.model import City

__all__ = ["City", "Gazetteer", "PointOutOfRangeError", "UnusableGazetteerError"]
