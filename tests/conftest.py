"""What holds for all tests."""

from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
"""An example may take as long as a busy machine lets it; what must be fast is held to limits of its own."""
