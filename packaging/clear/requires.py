"""Writes ``autospec/requires_add``, the libraries as Clear Linux names them: run by ``make lock``."""  # noqa: INP001 - a script

import re
import tomllib
from pathlib import Path

HERE = Path(__file__).parent

project = tomllib.loads((HERE.parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
names = [
    re.split(r"[^A-Za-z0-9_.-]", line, maxsplit=1)[0].lower().replace("-", "_") for line in project["dependencies"]
]
(HERE / "autospec" / "requires_add").write_text("".join(f"pypi({name})\n" for name in names), encoding="utf-8")
