"""`service.json`: the file in which a local service (`make run`) publishes its addresses.

The file is in the service's state folder while the service runs. A killed service cannot delete its
file, so readers ignore a file whose process has ended.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "service.json"


@dataclass(frozen=True)
class RunningService:
    """The process id, the addresses, the table and the queues of a running service."""

    pid: int
    port: int
    url: str
    emulator_url: str
    table: str
    queue_url: str
    dead_letter_queue_url: str


def write(state_dir: Path, service: RunningService) -> None:
    """Write the file. Readers never see an incomplete file."""
    unfinished = state_dir / f"{NAME}.tmp"
    unfinished.write_text(json.dumps(asdict(service), indent=2) + "\n", "utf-8")
    unfinished.replace(state_dir / NAME)


def read(state_dir: Path) -> RunningService | None:
    """Return the running service that uses this state folder, or None."""
    try:
        service = RunningService(**json.loads((state_dir / NAME).read_text("utf-8")))
    except (OSError, ValueError, TypeError):  # no file, or a file from another version
        return None
    return service if _is_running(service.pid) else None


def remove(state_dir: Path) -> None:
    """Delete the file, if there is one."""
    (state_dir / NAME).unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)  # signal 0 only checks that the process exists
    except ProcessLookupError:
        return False
    except PermissionError:  # the process exists, and belongs to another user
        return True
    return True
