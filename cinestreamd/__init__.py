"""A self-hosted cinema guide in one daemon."""

__version__ = "0.1.0"
