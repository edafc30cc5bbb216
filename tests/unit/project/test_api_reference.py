"""docs/reference/api.md agrees with the code and with the examples in events/."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from handlers.api import POPULAR_MAX_AGE_S, STATUS
from tests.support import event_files
from voices_core import settings, text
from voices_core.actions import parameters
from voices_core.actions.action import Action
from voices_core.actions.parameters import Integer, Text
from voices_core.actions.registry import ACTIONS
from voices_core.auth import tokens
from voices_core.requests.envelope import MAX_BODY_BYTES
from voices_core.usage import projections
from voices_tools.paths import ROOT

REFERENCE = ROOT / "docs/reference"
PAGE = (REFERENCE / "api.md").read_text("utf-8")

NAMED = {name: action for (_, name), action in ACTIONS.items()}
# Codes of the contract that the function never returns.
RESERVED = {"FORBIDDEN": 403, "RATE_LIMIT_EXCEEDED": 429}

each_action = pytest.mark.parametrize(("name", "action"), NAMED.items(), ids=list(NAMED))


def section(heading: str) -> str:
    """Return the text under a heading, up to the next heading of the same or a higher level."""
    level, found = heading.partition(" ")[0], PAGE.partition(f"\n{heading}\n")[2]
    assert found, heading
    return re.split(rf"^#{{1,{len(level)}}} ", found, maxsplit=1, flags=re.MULTILINE)[0]


def rows(markdown: str) -> list[list[str]]:
    """Return the cells of all tables in a piece of Markdown."""
    lines = re.findall(r"^\| (.+) \|$", markdown, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines if "---" not in line]


def json_blocks(markdown: str) -> list[Any]:
    """Return the JSON examples in a piece of Markdown."""
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", markdown, re.DOTALL)]


def bounds(parameter: parameters.Parameter) -> str:
    """Return the text that states a parameter's bounds on the page."""
    if isinstance(parameter, Integer):
        return f"{parameter.minimum} to {parameter.maximum}, default {parameter.default}"
    if isinstance(parameter, Text):
        return f"1 to {parameter.max_length} characters"
    size, depth = parameters.MAX_VOICE_DATA_BYTES, parameters.MAX_VOICE_DATA_DEPTH
    return f"at most {size:,} bytes as compact JSON in UTF-8, and {depth} levels"


def test_each_action_has_a_section() -> None:
    listed = re.findall(r"^\| \[`(.+)`\]\(#\1\) \|", section("## Actions"), re.MULTILINE)

    assert re.findall(r"^### (.+)$", PAGE, re.MULTILINE) == listed
    assert set(listed) == set(NAMED)


@each_action
def test_section_describes_inputs(name: str, action: Action) -> None:
    wires = [f"`{parameter.wire}`" for parameter in action.parameters]
    voice = "required" if action.takes_voice_id else "–"
    listed = [row for row in rows(section("## Actions")) if row[0] == f"[`{name}`](#{name})"]

    described = rows(section(f"### {name}"))[1:]

    assert listed == [[f"[`{name}`](#{name})", action.caller.value, voice, ", ".join(wires) or "–"]]
    assert [row[0] for row in described] == wires
    for parameter, (_, kind, description) in zip(action.parameters, described, strict=True):
        assert kind == parameter.schema()["type"][0]
        assert bounds(parameter) in description


@pytest.mark.parametrize("name", NAMED)
def test_section_shows_the_fixture(name: str) -> None:
    request, reply = json_blocks(section(f"### {name}"))
    case = event_files.load(name)

    assert request == case.envelope
    shown = event_files.comparable({"body": json.dumps(reply)}, case.reply)
    assert shown["body"] == case.reply["body"]


def test_error_table_lists_each_code_with_its_status() -> None:
    listed = {row[0].strip("`"): row[1] for row in rows(section("## Errors"))[1:]}

    assert listed == {code: str(status) for code, status in (STATUS | RESERVED).items()}


def test_limits_are_those_of_the_code() -> None:
    assert rows(section("## Limits"))[1:] == [
        ["request body", f"{MAX_BODY_BYTES:,} bytes"],
        ["voice id", f"1 to {text.MAX_VOICE_ID_LENGTH} characters"],
        [
            "`voice_data`",
            f"{parameters.MAX_VOICE_DATA_BYTES:,} bytes, {parameters.MAX_VOICE_DATA_DEPTH} levels",
        ],
        ["favorites of a user", str(settings.MAX_FAVORITES)],
        ["voices kept for `recent`", str(projections.MAX_RECENTS)],
        ["voices in `popular`", str(projections.MAX_LEADERBOARD)],
        ["token", f"{tokens.MAX_TOKEN_BYTES:,} bytes"],
        ["caching of `GET` popular", f"{POPULAR_MAX_AGE_S} seconds"],
    ]
    assert f"`sub` of 1 to {tokens.MAX_USER_ID_LENGTH} characters" in section("## Identity")
    assert f"{tokens.CLOCK_SKEW_S} seconds" in section("## Identity")
    assert f"max-age={POPULAR_MAX_AGE_S}`" in section("### popular")
