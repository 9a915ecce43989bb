"""Cities of the world, offline: names in three languages, coordinates, timezone; search by prefix and by point."""
