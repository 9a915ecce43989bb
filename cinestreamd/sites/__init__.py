"""The tenant: one site's settings, its directory, its secrets and its ports."""
