"""Cinemas that tests have in common."""

from cinestreamd.store.base import Cinema, SourceOutcome


def zirka(outcome: SourceOutcome, *, failures: int) -> Cinema:
    """A cinema in Kyiv as its last reading left it, after so many failed ones in a row."""
    return Cinema(
        id="zirka",
        city_id="kyiv",
        name="Зірка",
        url="https://zirka.example/",
        source="config",
        last_outcome=outcome,
        failures=failures,
    )
