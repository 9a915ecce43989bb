"""Writes ``cinestreamd/hot_names.py``: the names in the code that a worker's life runs. Run it by ``make names``.

A test says when it is time to: ``tests/master/test_hot_names.py``.
"""  # noqa: INP001 - a script

import textwrap
from pathlib import Path

import cinestreamd
from cinestreamd.master.hot_code import names_in
from cinestreamd.master.roles import hot_code

TARGET = Path(cinestreamd.__file__).parent / "hot_names.py"


def main() -> None:
    """Put the names of now in the place of the former ones."""
    before, _, after = TARGET.read_text(encoding="utf-8").partition('_NAMES = """')
    names = textwrap.fill(" ".join(names_in(hot_code())), width=118, break_on_hyphens=False)
    rest = after.partition('"""')[2]
    TARGET.write_text(f'{before}_NAMES = """\n{names}\n"""{rest}', encoding="utf-8")


if __name__ == "__main__":
    main()
