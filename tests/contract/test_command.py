"""`make run` and `make token` as a developer meets them: what is printed, kept, refused."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.http_api import (
    PATIENCE,
    Api,
    bearer,
    data,
)
from tests.support.running import (
    Running,
    local,
    wait_until,
)

TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
ACTIONS = ["add-favorite", "favorites", "track-usage", "recent", "popular", "remove-favorite"]


def test_each_printed_line_works_when_pasted_into_a_shell(running: Running) -> None:
    lines = re.findall(r"^curl .*$", running.printed, re.MULTILINE)
    assert [re.findall(r'"action":"([a-z-]+)"', line) for line in lines] == [
        [action] for action in ACTIONS
    ]

    for line in lines:
        pasted = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
        assert json.loads(pasted.stdout)["success"] is True, line
        assert pasted.stdout.endswith("}\n")
        assert pasted.stderr == ""


def test_the_printed_token_is_one_of_a_user(running: Running, api: Api) -> None:
    (token,) = set(re.findall(rf"^{TOKEN.pattern}$", running.printed, re.MULTILINE))

    headers = {"authorization": f"Bearer {token}"}
    data(api.post({"resource": "voices", "action": "favorites"}, headers=headers))


def test_the_health_is_good_while_the_engine_answers(running: Running) -> None:
    reply = httpx.get(f"{running.url}/health", trust_env=False)

    assert reply.status_code == 200
    assert reply.json() == {"status": "ok"}


def test_the_token_command_prints_one_token_and_nothing_else(api: Api) -> None:
    made = local("token", "--user", "somebody else")

    assert made.returncode == 0
    assert made.stderr == ""
    assert re.fullmatch(TOKEN.pattern + r"\n", made.stdout)
    headers = {"authorization": f"Bearer {made.stdout.strip()}"}
    call = {"resource": "voices", "action": "add-favorite", "id": "a"}
    reply = api.post(call, headers=headers)
    assert reply.json()["data"]["favorite"]["user_id"] == "somebody else"


@pytest.mark.parametrize("user", ["", "x" * 256, "a\tb"])
def test_the_token_command_refuses_a_user_that_no_token_may_name(user: str) -> None:
    made = local("token", "--user", user)

    assert made.returncode != 0
    assert made.stdout == ""
    assert "Traceback" not in made.stderr


def test_nobody_else_on_the_network_can_reach_it(running: Running) -> None:
    others = {"127.0.0.2", "::1"}
    with suppress(OSError):  # a machine may not know itself by its name
        found = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
        others |= {str(address[0]) for *_, address in found} - {"127.0.0.1"}

    for url in (running.url, running.engine_url):
        for other in others:
            assert not accepts(other, urlsplit(url).port)
        assert accepts("127.0.0.1", urlsplit(url).port)


def accepts(host: str, port: int | None) -> bool:
    try:
        socket.create_connection((host, port or 0), timeout=1).close()
    except OSError:
        return False
    return True


def test_a_port_that_is_taken_is_told_in_one_sentence(running: Running, tmp_path: Path) -> None:
    port = urlsplit(running.url).port

    second = local("run", "--port", str(port), "--state", str(tmp_path / "state"))

    assert second.returncode == 1
    assert second.stdout == ""
    (sentence,) = second.stderr.splitlines()
    assert str(port) in sentence
    assert "make run PORT=" in sentence


def test_a_request_is_told_in_a_line_that_holds_nothing_of_what_was_sent(
    running: Running, api: Api, user: str, voice: str
) -> None:
    data(api.call("add-favorite", user, id=voice, data={"voice_data": {"name": voice}}), 201)
    api.track(f"{voice} ")

    wait_until(lambda: "dropped: invalid id" in running.printed, PATIENCE, "both requests are told")
    assert "POST /v1 add-favorite 201 ok " in running.printed
    assert voice not in running.printed
    assert user not in running.printed
    assert bearer(user)["authorization"] not in running.printed


def test_a_restart_keeps_favorites_counts_recents_and_what_waits_to_be_counted(
    tmp_path: Path, user: str, voice: str
) -> None:
    first = Running(tmp_path / "state")
    api = Api(first.url)
    try:
        kept = data(api.call("add-favorite", user, id=voice), 201)["favorite"]
        api.track(voice, user, event_id="the same")
        api.wait_for_what_was_sent()
        recent = api.recent(user)
        for _ in range(5):
            api.track(f"{voice}-waiting")
    finally:
        api.http.close()
        exit_code = first.stop()
    assert exit_code == 0
    assert "Traceback" not in first.printed

    second = Running(tmp_path / "state")
    api = Api(second.url)
    try:
        assert api.favorites(user) == [kept]
        assert api.recent(user) == recent
        assert api.uses(voice) == 1
        api.track(voice, user, event_id="the same")
        api.track(voice, user)
        wait_until(lambda: api.uses(f"{voice}-waiting") == 5, PATIENCE, "what waited is counted")
        api.wait_for_uses(voice, 2)
        assert api.uses(voice) == 2
    finally:
        api.http.close()
        exit_code = second.stop()
    assert exit_code == 0
    assert "Traceback" not in second.printed
