"""The output, the stored data and the refused arguments of `voices run` and `voices token`."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.http_api import (
    TIMEOUT_S,
    Api,
    bearer,
    data,
)
from tests.support.running import Running, voices, wait_until

TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
ACTIONS = ["add-favorite", "favorites", "track-usage", "recent", "popular", "remove-favorite"]


def test_each_printed_curl_line_works_in_a_shell(running: Running) -> None:
    lines = re.findall(r"^curl .*$", running.printed, re.MULTILINE)
    printed = [action for line in lines for action in re.findall(r'"action":"([a-z-]+)"', line)]
    assert len(printed) == len(lines)
    assert [action for action in printed if action in ACTIONS] == ACTIONS

    for line in lines:
        pasted = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
        assert json.loads(pasted.stdout)["success"] is True, line
        assert pasted.stdout.endswith("}\n")
        assert pasted.stderr == ""


def test_printed_token_authenticates_a_user(running: Running, api: Api) -> None:
    (token,) = set(re.findall(rf"^{TOKEN.pattern}$", running.printed, re.MULTILINE))

    headers = {"authorization": f"Bearer {token}"}
    data(api.post({"resource": "voices", "action": "favorites"}, headers=headers))


def test_health_is_ok_while_the_emulator_runs(running: Running) -> None:
    reply = httpx.get(f"{running.url}/health", trust_env=False)

    assert reply.status_code == 200
    assert reply.json() == {"status": "ok"}


def test_token_command_prints_only_a_token(api: Api) -> None:
    made = voices("token", "--user", "somebody else")

    assert made.returncode == 0
    assert made.stderr == ""
    assert re.fullmatch(TOKEN.pattern + r"\n", made.stdout)
    headers = {"authorization": f"Bearer {made.stdout.strip()}"}
    call = {"resource": "voices", "action": "add-favorite", "id": "a"}
    reply = api.post(call, headers=headers)
    assert reply.json()["data"]["favorite"]["user_id"] == "somebody else"


@pytest.mark.parametrize("user", ["", "x" * 256, "a\tb"])
def test_token_command_refuses_an_invalid_user(user: str) -> None:
    made = voices("token", "--user", user)

    assert made.returncode != 0
    assert made.stdout == ""
    assert "Traceback" not in made.stderr


def test_only_this_machine_can_connect(running: Running) -> None:
    others = {"127.0.0.2", "::1"}
    with suppress(OSError):  # the host name may not be resolvable
        found = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
        others |= {str(address[0]) for *_, address in found} - {"127.0.0.1"}

    for url in (running.url, running.emulator_url):
        for other in others:
            assert not accepts(other, urlsplit(url).port)
        assert accepts("127.0.0.1", urlsplit(url).port)


def test_service_file_describes_the_running_service(running: Running) -> None:
    assert running.file is not None
    described = asdict(running.file)

    queue_urls = described.pop("queue_url"), described.pop("dead_letter_queue_url")
    assert described == {
        "pid": running.process.pid,
        "port": urlsplit(running.url).port,
        "url": running.url,
        "emulator_url": running.emulator_url,
        "table": "voices",
    }
    assert [url.rpartition("/")[2] for url in queue_urls] == ["voices-usage", "voices-usage-dead"]
    assert all(url.startswith(f"{running.emulator_url}/") for url in queue_urls)


def test_only_the_given_origins_may_read_replies(tmp_path: Path) -> None:
    allowed, other = "http://localhost:3000", "http://localhost:4000"
    service = Running(tmp_path / "state", ["--allow-origins", f"{allowed},https://app.example"])
    try:
        headers = [
            httpx.get(f"{service.url}/health", headers={"origin": origin}, trust_env=False).headers
            for origin in (allowed, other)
        ]
    finally:
        exit_code = service.stop()

    assert headers[0]["access-control-allow-origin"] == allowed
    assert "access-control-allow-origin" not in headers[1]
    assert exit_code == 0


def accepts(host: str, port: int | None) -> bool:
    try:
        socket.create_connection((host, port or 0), timeout=1).close()
    except OSError:
        return False
    return True


def test_port_in_use_is_explained_in_one_line(running: Running, tmp_path: Path) -> None:
    port = urlsplit(running.url).port

    second = voices("run", "--port", str(port), "--state", str(tmp_path / "state"))

    assert second.returncode == 1
    assert second.stdout == ""
    (sentence,) = second.stderr.splitlines()
    assert str(port) in sentence
    assert "make run PORT=" in sentence


def test_log_lines_contain_no_caller_input(
    running: Running, api: Api, user: str, voice: str
) -> None:
    data(api.call("add-favorite", user, id=voice, data={"voice_data": {"name": voice}}), 201)
    api.track(f"{voice} ")

    wait_until(
        lambda: "dropped: invalid id" in running.printed, TIMEOUT_S, "both requests are logged"
    )
    assert "POST /v1 add-favorite 201 ok " in running.printed
    assert voice not in running.printed
    assert user not in running.printed
    assert bearer(user)["authorization"] not in running.printed


def test_restart_keeps_data_and_pending_usage_events(tmp_path: Path, user: str, voice: str) -> None:
    first = Running(tmp_path / "state")
    api = Api(first.url)
    try:
        kept = data(api.call("add-favorite", user, id=voice), 201)["favorite"]
        api.track(voice, user, event_id="the same")
        api.wait_until_all_counted()
        recent = api.recent(user)
        for _ in range(5):
            api.track(f"{voice}-pending")
        assert first.file is not None
    finally:
        api.http.close()
        exit_code = first.stop()
    assert exit_code == 0
    assert first.file is None
    assert "Traceback" not in first.printed

    second = Running(tmp_path / "state")
    api = Api(second.url)
    try:
        assert api.favorites(user) == [kept]
        assert api.recent(user) == recent
        assert api.usage_count(voice) == 1
        api.track(voice, user, event_id="the same")
        api.track(voice, user)
        wait_until(
            lambda: api.usage_count(f"{voice}-pending") == 5,
            TIMEOUT_S,
            "the pending usage events are counted",
        )
        api.wait_for_count(voice, 2)
        assert api.usage_count(voice) == 2
    finally:
        api.http.close()
        exit_code = second.stop()
    assert exit_code == 0
    assert "Traceback" not in second.printed
