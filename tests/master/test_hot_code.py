"""Code that is moved goes on as before."""

import gc
import threading
import weakref
from collections.abc import Iterator
from types import CodeType

import pytest

from cinestreamd.master.hot_code import code_run_by, forget_lookups, move_together, names_in


def greet(name: str = "світе", *, mark: str = "!") -> str:
    def whole() -> str:
        return f"Привіт, {name}{mark}"

    return "".join(character for character in whole())


def count(end: int) -> Iterator[int]:
    yield from range(end)


def never_run() -> str:
    return "never"


class _Guide:
    """Methods of several kinds."""

    def __init__(self) -> None:
        self.seen = 0

    @property
    def shown(self) -> str:
        return f"{self.seen} of ({1, 2})"

    @classmethod
    def make(cls) -> "_Guide":
        return cls()

    def look(self) -> "_Guide":
        self.seen += 1
        return self


class _Near(_Guide):
    """A class with a base; nothing in it runs."""


class _Untouched:
    """A class of which nothing runs."""

    def look(self) -> str:
        return "never"


def play() -> tuple[str, list[int], str]:
    return greet(), list(count(3)), _Guide.make().look().shown


def test_moved_code_does_what_it_did() -> None:
    def in_a_thread() -> None:
        thread = threading.Thread(target=never_alone)
        thread.start()
        thread.join()

    def never_alone() -> None:
        play()

    before = greet.__code__, _Guide.look.__code__, never_run.__code__
    hot = code_run_by(in_a_thread)
    assert {"in_a_thread", "never_alone", "play", "greet", "whole", "count", "look", "make"} <= {
        code.co_name for code in hot
    }
    assert move_together(hot) >= 7

    assert play() == ("Привіт, світе!", [0, 1, 2], "1 of ((1, 2))")
    assert greet("Києве", mark="?") == "Привіт, Києве?"
    assert greet.__code__ is not before[0]
    assert greet.__code__ == before[0]
    assert _Guide.look.__code__ is not before[1]
    assert never_run.__code__ is before[2]
    whole = next(constant for constant in greet.__code__.co_consts if getattr(constant, "co_name", "") == "whole")
    assert all(whole is not constant for constant in before[0].co_consts)


def test_moved_functions_keep_their_names() -> None:
    before = _Guide.look.__qualname__
    move_together(code_run_by(play))
    assert (_Guide.look.__name__, _Guide.look.__qualname__) == ("look", "_Guide.look")
    assert _Guide.look.__qualname__ is not before
    assert _Guide.look.__code__.co_qualname == "_Guide.look"


def test_what_is_made_and_never_called_is_moved_as_well() -> None:
    """To make a function counts references to its code, its names and its module's name."""

    def make() -> list[object]:
        return [lambda: "never asked"]

    before, module = make.__code__, globals()["__name__"]
    move_together(code_run_by(make))
    inner, former = (
        next(constant for constant in code.co_consts if isinstance(constant, CodeType))
        for code in (make.__code__, before)
    )
    assert inner is not former
    assert inner == former
    assert globals()["__name__"] == module
    assert globals()["__name__"] is not module


def test_orders_of_bases_are_made_anew_and_stay_as_they_were() -> None:
    classes = _Guide, _Near, _Untouched
    before = [kind.__mro__ for kind in classes]
    move_together(code_run_by(play))
    assert [kind.__mro__ for kind in classes] == before
    assert [kind.__mro__ is former for kind, former in zip(classes, before, strict=True)] == [False, False, True]
    assert _Near().look().shown == "1 of ((1, 2))"
    assert _Guide.__subclasses__() == [_Near]


def test_names_of_code_are_what_it_looks_up_and_what_looks_like_a_name() -> None:
    def ask(place: dict[str, str]) -> object:
        return (
            place.get("city", "no city").title(),
            sorted(place, key=len, reverse=True),
            {"day", "пн"}.isdisjoint(place),
        )

    assert names_in([ask.__code__]) == [
        "ask",
        "city",
        "day",
        "get",
        "isdisjoint",
        "key",
        "len",
        "reverse",
        "sorted",
        "title",
    ]


def test_forgotten_lookups_are_made_again() -> None:
    forget_lookups()
    assert play() == ("Привіт, світе!", [0, 1, 2], "1 of ((1, 2))")


def test_weak_proxies_of_what_is_gone_are_passed_over() -> None:
    """Libraries keep some; to ask one of them anything is an error."""
    proxy = weakref.proxy(_Guide())
    assert gc.is_tracked(proxy)
    with pytest.raises(ReferenceError):
        _ = proxy.seen
    assert move_together(code_run_by(lambda: count(1))) >= 1


def test_nobody_is_watched_afterwards() -> None:
    hot = code_run_by(lambda: None)
    play()
    assert "play" not in {code.co_name for code in hot}
