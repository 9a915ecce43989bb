"""The master's own lateness is forgiven to its children."""

from cinestreamd.master.attention import Attention


class Clock:
    """A monotonic clock that is moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        """The moment."""
        return self.now


def test_time_passes_while_the_master_looks_in_time() -> None:
    clock = Clock()
    attention = Attention(clock, tick=0.2)
    for _ in range(10):
        clock.now += 0.2
        assert attention.tick() == 0.0
    assert round(attention.now(), 3) == 1002.0


def test_noise_of_a_busy_machine_is_no_lateness() -> None:
    clock = Clock()
    attention = Attention(clock, tick=0.2)
    clock.now += 1.0
    assert attention.tick() == 0.0
    assert attention.now() == 1001.0


def test_time_stands_still_while_the_master_was_frozen() -> None:
    """Five seconds of which the master was to look after 0.2: 4.8 are forgiven."""
    clock = Clock()
    attention = Attention(clock, tick=0.2)
    clock.now += 5.0
    assert round(attention.tick(), 3) == 4.8
    assert round(attention.now(), 3) == 1000.2
    clock.now += 0.2
    assert attention.tick() == 0.0
    assert round(attention.now(), 3) == 1000.4


def test_time_before_it_begins_is_not_its_lateness() -> None:
    clock = Clock()
    attention = Attention(clock, tick=0.2)
    clock.now += 60.0
    attention.begin()
    clock.now += 0.2
    assert attention.tick() == 0.0
