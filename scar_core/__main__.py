"""``python -m scar_core``: the command line."""

import os
import sys

# Read when torch is loaded. Threads that wait for each other by spinning make an answer a hundred
# times slower where other programs want the same cores; sleeping costs a few milliseconds.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from scar_core.cli import main

sys.exit(main())
