"""The welcome text contains a working command for each action."""

from __future__ import annotations

import json
import shlex

from voices_core.requests import dispatch
from voices_tools.local.welcome import curl, welcome


def test_there_is_a_curl_line_for_each_action() -> None:
    text = welcome("http://127.0.0.1:8787", "http://127.0.0.1:4566", "alice", "TOKEN")
    lines = [shlex.split(line) for line in text.splitlines() if line.startswith("curl ")]
    bodies = [json.loads(words[words.index("-d") + 1]) for words in lines]
    assert {body["action"] for body in bodies} == set(dispatch.actions_of("voices"))


def test_curl_line_is_quoted_for_the_shell() -> None:
    words = shlex.split(curl("http://127.0.0.1:8787", "TOKEN", {"action": "popular"}))
    assert words == [
        "curl",
        "-sw",
        "\\n",
        "http://127.0.0.1:8787/v1",
        "-d",
        '{"action":"popular"}',
        "-H",
        "authorization: Bearer TOKEN",
    ]
