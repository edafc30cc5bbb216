"""Run the commands as a module: `python -m voices_tools.ops COMMAND`."""

import sys

from voices_tools.ops.cli import main

if __name__ == "__main__":
    sys.exit(main())
