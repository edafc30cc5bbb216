"""Run ministack in its own process: `emulator_process DESCRIPTOR`.

The Python installation that contains ministack runs this module. ministack's own command is not
used, for two reasons. First, the port that is set for the command becomes part of the stored queue
names, so queues would be lost when the port changes. Second, the command writes to /tmp.
"""

from __future__ import annotations

import asyncio
import sys

from hypercorn.asyncio import serve as serve_asgi  # type: ignore[import-not-found]
from hypercorn.config import Config  # type: ignore[import-not-found]
from ministack.app import app  # type: ignore[import-not-found]

from voices_tools.local.process import stop_with_parent

KEEP_ALIVE_S = 75  # as in ministack's command; clients close idle connections earlier


def serve(descriptor: int) -> None:
    """Serve on an inherited socket until SIGTERM, after which ministack saves its state."""
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.keep_alive_timeout = KEEP_ALIVE_S
    config.loglevel = "WARNING"
    stop_with_parent()
    asyncio.run(serve_asgi(app, config))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
