"""The engine's process, run by the Python that has ministack: `engine_process.py DESCRIPTOR`.

ministack's own command would choose its address by a variable that is also part of the queues'
stored names, so that they would be lost with another port; and it would write to /tmp.
"""

from __future__ import annotations

import asyncio
import sys

from hypercorn.asyncio import serve  # type: ignore[import-not-found]
from hypercorn.config import Config  # type: ignore[import-not-found]
from ministack.app import app  # type: ignore[import-not-found]

from voices_tools.local import lifeline

KEEP_ALIVE = 75  # seconds, as in ministack's own command: longer than a client holds a connection


def main() -> None:
    """Serve on the socket handed over until SIGTERM; the state is saved at the end."""
    config = Config()
    config.bind = [f"fd://{sys.argv[1]}"]
    config.keep_alive_timeout = KEEP_ALIVE
    config.loglevel = "WARNING"
    lifeline.hold()
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    main()
