"""Finds the local service of `make run`, by its state file or by its port.

The state file exists while the service runs. `voices run` writes it and removes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import MutableMapping
from dataclasses import dataclass, fields
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from voices_tools.ops.console import Refusal, escape_text

DEFAULT_STATE_DIR = Path(".voices")
STATE_FILE = "service.json"

_LOOPBACK = "127.0.0.1"
_REGION = "us-east-1"
_TIMEOUT_S = 2


@dataclass(frozen=True, slots=True)
class LocalService:
    """What the state file says."""

    pid: int
    port: int
    url: str
    emulator_url: str
    table: str
    queue_url: str
    dead_letter_queue_url: str


def find_service(state_dir: Path) -> LocalService | None:
    """Find the service that keeps its state in this folder; None if it does not run.

    Raises Refusal if the state file cannot be used, or if the service does not answer.
    """
    path = state_dir / STATE_FILE
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Refusal(f"{escape_text(str(path))} cannot be read: {error}") from None
    service = _parse(path, text)
    if not _is_running(service.pid):
        return None  # it was killed, so it could not remove the file
    if not _is_emulator(service.emulator_url):
        raise Refusal(
            f"the emulator of the local service (process {service.pid}) does not answer at "
            f"{service.emulator_url}: stop the service (Ctrl-C) and start `make run` again"
        )
    return service


def service_on_port(port: int) -> LocalService:
    """Find the service by its port, by the names that `make run` uses. Raises Refusal."""
    emulator_url = f"http://{_LOOPBACK}:{port + 1}"
    if not _is_emulator(emulator_url):
        raise Refusal(
            f"no emulator answers at {emulator_url}: start `make run`, or give its port with "
            f"--port; if it uses another port for its emulator, give its folder with --state"
        )
    queue_url = f"{emulator_url}/000000000000/voices-usage"
    return LocalService(
        pid=0,
        port=port,
        url=f"http://{_LOOPBACK}:{port}",
        emulator_url=emulator_url,
        table="voices",
        queue_url=queue_url,
        dead_letter_queue_url=f"{queue_url}-dead",
    )


def use_emulator(service: LocalService, environ: MutableMapping[str, str]) -> None:
    """Direct all AWS calls of this process to the emulator, never to the developer's account."""
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    environ.update(
        {
            "AWS_ENDPOINT_URL": service.emulator_url,
            "AWS_REGION": _REGION,
            "AWS_DEFAULT_REGION": _REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": _LOOPBACK,
            "no_proxy": _LOOPBACK,
        }
    )


def _parse(path: Path, text: str) -> LocalService:
    try:
        members: Any = json.loads(text)
        service = LocalService(*(members[field.name] for field in fields(LocalService)))
        if _is_valid(service):
            return service
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    raise Refusal(
        f"{escape_text(str(path))} does not describe a local service: "
        "stop `make run` (Ctrl-C), delete the file and start `make run` again"
    )


def _is_valid(service: LocalService) -> bool:
    urls = (service.emulator_url, service.queue_url, service.dead_letter_queue_url)
    return (
        type(service.pid) is int
        and service.pid > 0
        and type(service.table) is str
        and all(_is_loopback(url) for url in urls)
    )


def _is_loopback(url: str) -> bool:
    parts = urlsplit(url)
    return parts.hostname == _LOOPBACK and parts.port is not None


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True  # it belongs to somebody else
    except (OSError, OverflowError):
        return False
    return True


def _is_emulator(url: str) -> bool:
    # http.client ignores the proxies that the environment names.
    connection = HTTPConnection(urlsplit(url).netloc, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
