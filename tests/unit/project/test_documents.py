"""docs/reference/api.md and openapi.json say what the code does, and what the events show."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from handlers.api import PATHS, POPULAR_MAX_AGE, POPULAR_PATH, STATUS
from tests.support import event_files
from voices_core import settings, text
from voices_core.actions import parameters
from voices_core.actions.parameters import Integer, Text
from voices_core.auth import tokens
from voices_core.requests.dispatch import ACTIONS, Action
from voices_core.requests.envelope import MAX_BODY_BYTES
from voices_core.usage import projections
from voices_tools.errors import CommandError
from voices_tools.openapi import document
from voices_tools.openapi.replies import ANSWERS, FAILURES
from voices_tools.paths import ROOT

REFERENCE = ROOT / "docs/reference"
API = (REFERENCE / "api.md").read_text("utf-8")
DOCUMENT = json.loads(document.DOCUMENT.read_text("utf-8"))

NAMED = {name: action for (_, name), action in ACTIONS.items()}
REQUESTS = [case for case in map(event_files.load, event_files.names()) if not case.is_batch]
# Codes of the contract that this service never gives.
RESERVED = {"FORBIDDEN": 403, "RATE_LIMIT_EXCEEDED": 429}

each_action = pytest.mark.parametrize(("name", "action"), NAMED.items(), ids=list(NAMED))
each_request = pytest.mark.parametrize("case", REQUESTS, ids=lambda case: case.name)


def section(heading: str) -> str:
    """The part of the page below a heading, up to the next heading of its rank or above."""
    rank, found = heading.partition(" ")[0], API.partition(f"\n{heading}\n")[2]
    assert found, heading
    return re.split(rf"^#{{1,{len(rank)}}} ", found, maxsplit=1, flags=re.MULTILINE)[0]


def rows(page: str) -> list[list[str]]:
    """The cells of the tables that a text shows."""
    lines = re.findall(r"^\| (.+) \|$", page, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines if "---" not in line]


def blocks(page: str) -> list[Any]:
    """The JSON that a text shows."""
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]


def bounds(parameter: parameters.Parameter) -> str:
    """What docs/reference/api.md says of a parameter, among other things."""
    if isinstance(parameter, Integer):
        return f"{parameter.minimum} to {parameter.maximum}, default {parameter.default}"
    if isinstance(parameter, Text):
        return f"1 to {parameter.maximum} characters"
    size, depth = parameters.MAX_VOICE_DATA_BYTES, parameters.MAX_VOICE_DATA_DEPTH
    return f"at most {size:,} bytes as compact JSON in UTF-8, and {depth} levels"


def validator(of: str) -> Draft202012Validator:
    """What validates against a schema of the OpenAPI document."""
    return Draft202012Validator({**DOCUMENT, "$ref": f"#/components/schemas/{of}"})


def title(action: str) -> str:
    """An action's name as the OpenAPI document writes it."""
    return "".join(word.capitalize() for word in action.split("-"))


def test_api_md_has_a_section_for_each_action_and_for_nothing_else() -> None:
    listed = re.findall(r"^\| \[`(.+)`\]\(#\1\) \|", section("## Actions"), re.MULTILINE)

    assert re.findall(r"^### (.+)$", API, re.MULTILINE) == listed
    assert set(listed) == set(NAMED)


@each_action
def test_api_md_says_what_an_action_takes(name: str, action: Action) -> None:
    parameters = ", ".join(f"`{parameter.wire}`" for parameter in action.data)
    voice = "required" if action.voice else ""
    of_actions = [row for row in rows(section("## Actions")) if row[0] == f"[`{name}`](#{name})"]

    described = rows(section(f"### {name}"))[1:]

    assert of_actions == [
        [f"[`{name}`](#{name})", action.caller.value, voice or "–", parameters or "–"]
    ]
    assert [row[0] for row in described] == [f"`{parameter.wire}`" for parameter in action.data]
    for parameter, (_, kind, says) in zip(action.data, described, strict=True):
        assert kind == parameter.schema()["type"][0]
        assert bounds(parameter) in says


@pytest.mark.parametrize("name", NAMED)
def test_api_md_shows_of_each_action_the_call_and_the_reply_of_its_event(name: str) -> None:
    call, reply = blocks(section(f"### {name}"))
    case = event_files.load(name)

    assert call == case.envelope
    assert (
        event_files.comparable({"body": json.dumps(reply)}, case.reply)["body"]
        == case.reply["body"]
    )


def test_api_md_lists_each_code_with_its_status() -> None:
    listed = {row[0].strip("`"): row[1] for row in rows(section("## Errors"))[1:]}

    assert listed == {code: str(status) for code, status in (STATUS | RESERVED).items()}


def test_api_md_names_the_bounds_of_the_code() -> None:
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
        ["caching of `GET` popular", f"{POPULAR_MAX_AGE} seconds"],
    ]
    assert f"`sub` of 1 to {tokens.MAX_USER_ID_LENGTH} characters" in section("## Identity")
    assert f"{tokens.CLOCK_SKEW_S} seconds" in section("## Identity")
    assert f"max-age={POPULAR_MAX_AGE}`" in section("### popular")


def test_every_link_of_api_md_leads_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", API, re.MULTILINE)
    anchors = {"#" + heading.lower().replace(" ", "-") for heading in headings}

    targets = re.findall(r"\]\(([^)]+)\)", API)

    assert {target for target in targets if target.startswith("#")} <= anchors
    for target in (target for target in targets if not target.startswith("#")):
        assert (REFERENCE / target.partition("#")[0]).exists()


def test_the_openapi_document_is_current() -> None:
    document.check()


def test_an_openapi_document_that_is_missing_or_stale_is_refused_until_it_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = tmp_path / "openapi.json"
    monkeypatch.setattr(document, "DOCUMENT", kept)

    with pytest.raises(CommandError, match="not current"):
        document.check()
    kept.write_text(document.text().replace("128", "129"), "utf-8")
    with pytest.raises(CommandError, match="not current"):
        document.check()
    document.write()
    document.check()


def test_the_openapi_document_knows_each_path_each_action_and_each_status() -> None:
    assert set(DOCUMENT["paths"]) == {*PATHS, POPULAR_PATH}
    assert set(ANSWERS) == set(NAMED)
    assert set(FAILURES) == set(STATUS.values())
    for path in PATHS:
        operation = DOCUMENT["paths"][path]["post"]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        assert set(body["discriminator"]["mapping"]) == set(NAMED)
        assert set(operation["responses"]) == {"200", "201", "default", *map(str, FAILURES)}


def test_the_openapi_document_has_sound_schemas_and_no_reference_that_leads_nowhere() -> None:
    components = DOCUMENT["components"]
    for each in components["schemas"].values():
        Draft202012Validator.check_schema(each)

    referred = set(re.findall(r'"#/components/([^"]+)"', json.dumps(DOCUMENT)))
    named = {f"{kind}/{name}" for kind, members in components.items() for name in members}

    assert named - referred == {"securitySchemes/bearer"}
    assert referred <= named


@each_request
def test_the_reply_to_an_event_is_of_the_openapi_documents_form(case: event_files.Case) -> None:
    status, body = case.reply["statusCode"], case.reply["body"]
    if status >= 400:
        response = DOCUMENT["components"]["responses"][f"Failure{status}"]
        form = response["content"]["application/json"]["schema"]
        Draft202012Validator({**DOCUMENT, **form}).validate(body)
    elif body:
        action = case.envelope["action"] if case.envelope else "popular"
        validator(title(action) + ("Created" if status == 201 else "Reply")).validate(body)


def test_the_openapi_documents_schemas_refuse_calls_that_the_service_does_not_take_whole() -> None:
    calls = {case.name: case.envelope for case in REQUESTS if case.envelope}
    known = {name: call for name, call in calls.items() if str(call.get("action")) in NAMED}

    refused = {
        name
        for name, call in known.items()
        if not validator(title(call["action"]) + "Request").is_valid(call)
    }

    assert refused == {
        "add-favorite-bad-voice-data",
        "add-favorite-no-id",
        "data-not-an-object",
        "popular-bad-limit",
        "recent-bad-limit",
        "remove-favorite-no-id",
        "track-usage-bad-id",
        "track-usage-bad-parameters",
        "unknown-resource",
    }
