"""Moving the code that workers run, with its texts and what its look-ups touch, side by side.

To run a function is to write into its code object (reference counts, the interpreter's inline caches), and so to copy
the memory page that it lies in. Loading a module scatters the little that will run among the much that never will, so a
worker copies nearly a page for each function. Copies made one after the other, in the order in which they are needed,
lie in few pages. For twelve workers this is worth 11 of 155 MiB.
"""

import gc
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import CodeType, FrameType, FunctionType
from typing import Final


def code_run_by(play: Callable[[], None]) -> list[CodeType]:
    """All code that runs, in any thread, while ``play`` does; each object once, also where two are equal."""
    seen: dict[int, CodeType] = {}

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            seen.setdefault(id(frame.f_code), frame.f_code)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        play()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return list(seen.values())


_left_behind: Final[list[object]] = []
"""What was moved away from. Freed, it would leave holes for young objects just where most is shared."""


def move_together(hot: Sequence[CodeType]) -> int:
    """Give every function that runs code of ``hot`` a copy of it; returns how many functions there were.

    What a function's code makes when it runs (lambdas, comprehensions, inner functions) is moved with it, and so are
    its texts, except those that look like names: the interpreter keeps one object of each for all (see ``hot_names``).
    The copies lie in the order of ``hot``. Beside them lie the names of the functions' modules, which each inner
    function that is made refers to, and the orders in which the functions' classes search their bases.
    """
    _left_behind.extend(hot)
    moving = {id(code) for code in hot}
    copies: dict[int, CodeType] = {}
    texts: dict[str, str] = {}

    def copy(code: CodeType) -> CodeType:
        if id(code) not in copies:
            copies[id(code)] = code.replace(
                co_qualname=copy_text(code.co_qualname),
                co_consts=tuple(map(copy_constant, code.co_consts)),
            )
        return copies[id(code)]

    def copy_constant(constant: object) -> object:
        if isinstance(constant, CodeType):
            return copy(constant)
        return copy_text(constant) if isinstance(constant, str) else constant

    def copy_text(text: str) -> str:
        return texts.setdefault(text, f"{text} "[:-1])

    # By the exact type: isinstance also asks a weak proxy for the class of what it stands for, which may be gone.
    functions = [found for found in gc.get_objects() if type(found) is FunctionType and id(found.__code__) in moving]
    order = {id(code): place for place, code in enumerate(hot)}
    for function in sorted(functions, key=lambda function: order[id(function.__code__)]):
        function.__code__ = copy(function.__code__)
        function.__qualname__ = copy_text(function.__qualname__)
        if "__name__" in function.__globals__:
            function.__globals__["__name__"] = copy_text(function.__globals__["__name__"])
    _renew_search_orders(functions)
    return len(functions)


def _renew_search_orders(functions: Sequence[FunctionType]) -> None:
    """Have the order of its bases (``__mro__``) made anew for each class in which one of these functions stands.

    A look-up in a class that the interpreter's cache has not counts a reference to it (``find_name_in_mro`` in
    Objects/typeobject.c). To set the bases of a class, to the same ones too, makes it anew. The former ones of all
    classes are kept: in their places the new ones would be as scattered.
    """
    moved = set(map(id, functions))
    classes = [found for found in gc.get_objects() if issubclass(type(found), type)]
    _left_behind.extend(found.__mro__ for found in classes)
    for found in classes:
        if any(id(value) in moved for value in vars(found).values()):
            with suppress(TypeError):  # of a class that does not let itself be changed: then it keeps its order
                found.__bases__ = found.__bases__


def names_in(hot: Sequence[CodeType]) -> list[str]:
    """The names that this code uses, sorted: those it looks up, and those of its texts that look like names."""
    used = (text for code in hot for text in _texts((code.co_name, code.co_names, code.co_consts)))
    return sorted({text for text in used if _is_name(text)})


def _texts(constant: object) -> Iterator[str]:
    if isinstance(constant, str):
        yield constant
    elif isinstance(constant, tuple | frozenset):
        for part in constant:
            yield from _texts(part)


def _is_name(text: str) -> bool:
    """Whether the interpreter keeps one object of it (Objects/codeobject.c)."""
    return text.isascii() and text.replace("_", "a").isalnum()


def forget_lookups() -> None:
    """Empty the interpreter's cache of what was looked up in classes, to be filled by what is looked up from now on.

    In a worker, each entry that gives way to another writes to both their names.
    """
    sys._clear_type_cache()  # noqa: SLF001 - it is the documented way
