"""Data as scripts write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinestreamd.agent.readers.script_literals import LiteralReader, NotALiteralError, TokenBudget, read_function_call


def read(source: str) -> object:
    return LiteralReader(source, 0, TokenBudget(10_000)).value()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{"a": [1, 2.5, -3]}', {"a": [1, 2.5, -3]}),
        ("{a: 'x', 'b': `y`,}", {"a": "x", "b": "y"}),
        (r"'it\'s \u0041\x42'", "it's AB"),
        ("[!0, !1, true, null, void 0, undefined]", [True, False, True, None, None, None]),
        ("{t: new Date('2026-11-21')}", {"t": "2026-11-21"}),
        ("JSON.parse('{\"a\":1}')", {"a": 1}),
        ("[,1,,2]", [1, 2]),
        ("{a:{b:{c:[]}}}", {"a": {"b": {"c": []}}}),
    ],
)
def test_a_literal_is_read(source: str, expected: object) -> None:
    assert read(source) == expected


@pytest.mark.parametrize("source", ["{a: b}", "{a: f(1)}", "[1 + 2]", "{", "", "[" * 5_000, "function(){}"])
def test_what_is_no_literal_is_refused(source: str) -> None:
    with pytest.raises(NotALiteralError):
        read(source)


def test_a_function_call_returns_its_object_with_the_arguments_put_in() -> None:
    source = '(function(a,b){return {film:a,times:["19:30",b]}}("Anora","21:45"))'
    assert read_function_call(source, 0, TokenBudget(1_000)) == {"film": "Anora", "times": ["19:30", "21:45"]}


def test_the_budget_ends_the_reading() -> None:
    with pytest.raises(NotALiteralError):
        LiteralReader("[" + "1," * 100 + "]", 0, TokenBudget(50)).value()


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        read(source)
    except NotALiteralError:
        return
