"""``python -m scar_core``: the command line."""

import sys

from scar_core.cli import main

sys.exit(main())
