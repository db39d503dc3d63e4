"""`python -m gen3d_bench`, for where the gen3d command is not on the path."""

import sys

from gen3d_bench.cli import main

if __name__ == "__main__":  # spawned workers import this module, too
    sys.exit(main())
