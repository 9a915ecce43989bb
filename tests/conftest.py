"""What holds for all tests."""

from hypothesis import HealthCheck, settings

settings.register_profile("any machine", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("exploring", settings.get_profile("any machine"), derandomize=False)
settings.load_profile("any machine")
"""An example may take as long as a busy machine lets it; what must be fast is held to limits of its own.

The same examples are tried each time, so that no run fails by what it happens to find; others are looked for by
``pytest --hypothesis-profile=exploring``.
"""
