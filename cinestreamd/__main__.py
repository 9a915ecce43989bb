"""``python -m cinestreamd``, and the command ``cinestreamd``."""

from cinestreamd.hot_names import make_names


def main() -> None:
    """Run the command line, with the names of hot code made before anything else is loaded."""
    make_names()
    from cinestreamd.cli import main as run  # noqa: PLC0415 - see above

    run()


if __name__ == "__main__":
    main()
