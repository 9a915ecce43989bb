"""``python -m cinestreamd``."""

from cinestreamd.cli import main

main()
