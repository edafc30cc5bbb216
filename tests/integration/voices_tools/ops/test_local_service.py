"""The local service is found by service.json, but only if the service runs on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from voices_tools.errors import CommandError
from voices_tools.ops import target
from voices_tools.ops.arguments import parse_arguments
from voices_tools.ops.local_service import find_service, service_on_port, use_emulator


class HealthyEmulator(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/_ministack/health" else 404)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def emulator_port() -> Iterator[int]:
    """The port of a server that answers like a healthy emulator."""
    with HTTPServer(("127.0.0.1", 0), HealthyEmulator) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def state(emulator_port: int) -> dict[str, Any]:
    """The content of service.json while the service runs."""
    emulator_url = f"http://127.0.0.1:{emulator_port}"
    return {
        "pid": os.getpid(),
        "port": 8790,
        "url": "http://127.0.0.1:8790",
        "emulator_url": emulator_url,
        "table": "voices",
        "queue_url": f"{emulator_url}/000000000000/usage",
        "dead_letter_queue_url": f"{emulator_url}/000000000000/usage-dead",
    }


def write(folder: Path, state: Any) -> None:
    (folder / "service.json").write_text(json.dumps(state))


def test_running_service_is_found(tmp_path: Path, state: dict[str, Any]) -> None:
    write(tmp_path, state)

    service = find_service(tmp_path)

    assert service is not None
    assert {name: getattr(service, name) for name in state} == state


def test_no_service_is_found_without_its_file(tmp_path: Path) -> None:
    assert find_service(tmp_path) is None
    assert find_service(tmp_path / "missing") is None


def test_killed_service_is_not_found(tmp_path: Path, state: dict[str, Any]) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    write(tmp_path, state | {"pid": ended.pid})

    assert find_service(tmp_path) is None


def test_service_without_its_emulator_is_refused(tmp_path: Path, state: dict[str, Any]) -> None:
    write(tmp_path, state | {"emulator_url": "http://127.0.0.1:1"})

    with pytest.raises(
        CommandError, match=r"does not answer at http://127\.0\.0\.1:1: stop the service"
    ):
        find_service(tmp_path)


@pytest.mark.parametrize("url", ["emulator_url", "queue_url", "dead_letter_queue_url"])
@pytest.mark.parametrize("host", ["sqs.us-east-1.amazonaws.com", "127.0.0.1.example.com:80", ""])
def test_service_on_another_machine_is_refused(
    tmp_path: Path, state: dict[str, Any], url: str, host: str
) -> None:
    write(tmp_path, state | {url: f"http://{host}/usage"})

    with pytest.raises(CommandError, match="does not belong to a service on this machine: start"):
        find_service(tmp_path)


def test_service_is_found_by_its_port(emulator_port: int) -> None:
    service = service_on_port(emulator_port - 1)

    emulator_url = f"http://127.0.0.1:{emulator_port}"
    assert service.emulator_url == emulator_url
    assert service.table == "voices"
    assert service.queue_url == f"{emulator_url}/000000000000/voices-usage"
    assert service.dead_letter_queue_url == f"{emulator_url}/000000000000/voices-usage-dead"


def test_developers_own_settings_are_replaced(emulator_port: int) -> None:
    environ = {"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "secret", "HOME": "/home/me"}

    use_emulator(service_on_port(emulator_port - 1), environ)

    assert environ["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{emulator_port}"
    assert environ["AWS_ACCESS_KEY_ID"] == "local"
    assert environ["HOME"] == "/home/me"
    assert "AWS_PROFILE" not in environ
    assert "AWS_SESSION_TOKEN" not in environ


NOTHING_RUNS = (
    "no local service is running and no --stack is given: "
    "start `make run` or name a stack with --stack"
)


@pytest.fixture
def default_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The default state folder, which is empty."""
    monkeypatch.setattr(target, "DEFAULT_STATE_DIR", tmp_path)
    return tmp_path


@pytest.mark.parametrize("arguments", [[], ["--local"]], ids=["no option", "--local"])
def test_local_service_is_the_default(
    arguments: list[str],
    default_dir: Path,
    state: dict[str, Any],
) -> None:
    write(default_dir, state)
    environ = {"AWS_PROFILE": "production"}

    opened = target.open_target(parse_arguments(["status", *arguments]), environ)

    assert opened.names.table == state["table"]
    assert opened.queue_url == state["queue_url"]
    assert opened.dead_letter_queue_url == state["dead_letter_queue_url"]
    assert environ["AWS_ENDPOINT_URL"] == state["emulator_url"]
    assert "AWS_PROFILE" not in environ


def test_missing_service_is_explained(default_dir: Path) -> None:
    options = "start `make run`, or give its folder with --state or its port with --port"
    assert refusal_of() == NOTHING_RUNS
    assert refusal_of("--local") == f"no local service is running in {default_dir}/: {options}"
    assert refusal_of("--state", "other") == f"no local service is running in other/: {options}"
    assert refusal_of("--port", "1") == (
        "no emulator answers at http://127.0.0.1:2: start `make run`, or give the service's port "
        "with --port; if its emulator uses another port, give the state folder with --state"
    )


def refusal_of(*arguments: str) -> str:
    """Return the error message for these arguments. The environment must stay unchanged."""
    environ = {"AWS_PROFILE": "production"}
    with pytest.raises(CommandError) as refusal:
        target.open_target(parse_arguments(["apply", *arguments]), environ)
    assert environ == {"AWS_PROFILE": "production"}
    return str(refusal.value)
