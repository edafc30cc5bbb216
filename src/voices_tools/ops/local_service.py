"""Find the local service that `make run` started, by its state folder or by its port."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from urllib.parse import urlsplit

from voices_tools import emulator_access, service_file
from voices_tools.emulator_access import LOOPBACK
from voices_tools.errors import CommandError
from voices_tools.ops.console import escape_text
from voices_tools.service_file import RunningService

_TIMEOUT_S = 2


def find_service(state_dir: Path) -> RunningService | None:
    """Find the running service with this state folder. Return None if there is no such service.

    Raises CommandError if the emulator does not answer or is not on this machine.
    """
    service = service_file.read(state_dir)
    if service is None:
        return None
    urls = (service.emulator_url, service.queue_url, service.dead_letter_queue_url)
    if not all(urlsplit(url).hostname == LOOPBACK for url in urls):
        raise CommandError(
            f"{escape_text(str(state_dir))} does not belong to a service on this machine: "
            "start `make run`, or give another folder with --state"
        )
    if not _is_emulator(service.emulator_url):
        raise CommandError(
            f"the emulator of the local service (process {service.pid}) does not answer at "
            f"{service.emulator_url}: stop the service (Ctrl-C) and start `make run` again"
        )
    return service


def service_on_port(port: int) -> RunningService:
    """Find the service on a port. Its table and queues have the default names of `make run`.

    Raises CommandError if no emulator answers.
    """
    emulator_url = f"http://{LOOPBACK}:{port + 1}"
    if not _is_emulator(emulator_url):
        raise CommandError(
            f"no emulator answers at {emulator_url}: start `make run`, or give the service's port "
            "with --port; if its emulator uses another port, give the state folder with --state"
        )
    queue_url = f"{emulator_url}/000000000000/voices-usage"
    return RunningService(
        pid=0,
        port=port,
        url=f"http://{LOOPBACK}:{port}",
        emulator_url=emulator_url,
        table="voices",
        queue_url=queue_url,
        dead_letter_queue_url=f"{queue_url}-dead",
    )


def use_emulator(service: RunningService, environ: MutableMapping[str, str]) -> None:
    """Direct all AWS calls of this process to the emulator, never to the developer's account."""
    only_emulator = emulator_access.environment(service.emulator_url, environ)
    environ.clear()
    environ.update(only_emulator)


def _is_emulator(url: str) -> bool:
    return emulator_access.is_healthy(url, timeout_s=_TIMEOUT_S)
