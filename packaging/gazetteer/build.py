"""Build cinestreamd's table of cities, or check that the committed one is what the sources give."""  # noqa: INP001 - a script beside its package, imported by nobody

import sys

from gazetteer_builder.command import main

sys.exit(main())
