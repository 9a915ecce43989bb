"""The kit that features' views stand on: the app factory, middleware, typed keys, rendering and problem answers."""
