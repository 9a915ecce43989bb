"""Moving the code that workers run, and its texts, side by side.

To run a function is to write into its code object (reference counts, the interpreter's inline caches), and so to copy
the memory page that it lies in. Loading a module scatters the little that will run among the much that never will, so a
worker copies nearly a page for each function. Copies made one after the other lie in few pages. For twelve workers this
is worth 6 of 155 MiB.
"""

import gc
import sys
import threading
from collections.abc import Callable, Sequence
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


_left_behind: Final[list[CodeType]] = []
"""What was moved away from. Freed, it would leave holes for young objects just where most is shared."""


def move_together(hot: Sequence[CodeType]) -> int:
    """Give every function that runs code of ``hot`` a copy of it; returns how many functions there were.

    What a function's code makes when it runs (lambdas, comprehensions, inner functions) is moved with it, and so are
    its texts, except those that look like names: the interpreter keeps one object of each for all.
    """
    _left_behind.extend(hot)
    moving = {id(code) for code in hot}
    copies: dict[int, CodeType] = {}
    texts: dict[str, str] = {}

    def copy(code: CodeType) -> CodeType:
        if id(code) not in copies:
            copies[id(code)] = code.replace(co_consts=tuple(map(copy_constant, code.co_consts)))
        return copies[id(code)]

    def copy_constant(constant: object) -> object:
        if isinstance(constant, CodeType):
            return copy(constant) if id(constant) in moving else constant
        if isinstance(constant, str):
            return texts.setdefault(constant, f"{constant} "[:-1])
        return constant

    # By the exact type: isinstance also asks a weak proxy for the class of what it stands for, which may be gone.
    functions = [found for found in gc.get_objects() if type(found) is FunctionType and id(found.__code__) in moving]
    for function in functions:
        function.__code__ = copy(function.__code__)
    return len(functions)
