"""docs/reference/openapi.json is up to date, and its schemas agree with the service."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from handlers.api import PATHS, POPULAR_PATH, STATUS
from tests.support import event_files
from voices_core.actions.registry import ACTIONS
from voices_tools.errors import CommandError
from voices_tools.openapi import document

DOCUMENT = json.loads(document.DOCUMENT.read_text("utf-8"))
NAMES = [name for _, name in ACTIONS]
REQUESTS = [case for case in map(event_files.load, event_files.names()) if not case.is_batch]

each_request = pytest.mark.parametrize("case", REQUESTS, ids=lambda case: case.name)


def validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**DOCUMENT, "$ref": f"#/components/schemas/{schema}"})


def title(action: str) -> str:
    """Return an action's name in the form that schema names use."""
    return "".join(word.capitalize() for word in action.split("-"))


def test_document_is_up_to_date() -> None:
    document.check()


def test_missing_or_outdated_document_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = tmp_path / "openapi.json"
    monkeypatch.setattr(document, "DOCUMENT", copy)

    with pytest.raises(CommandError, match="make openapi"):
        document.check()
    copy.write_text(document.text().replace("128", "129"), "utf-8")
    with pytest.raises(CommandError, match="make openapi"):
        document.check()
    document.write()
    document.check()


def test_every_path_action_and_status_is_described() -> None:
    assert set(DOCUMENT["paths"]) == {*PATHS, POPULAR_PATH}
    assert set(document.FAILURES) == set(STATUS.values())
    for path in PATHS:
        operation = DOCUMENT["paths"][path]["post"]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        assert set(body["discriminator"]["mapping"]) == set(NAMES)
        assert set(operation["responses"]) == {
            "200",
            "201",
            "default",
            *map(str, document.FAILURES),
        }


def test_schemas_are_valid_and_references_resolve() -> None:
    components = DOCUMENT["components"]
    for schema in components["schemas"].values():
        Draft202012Validator.check_schema(schema)

    referenced = set(re.findall(r'"#/components/([^"]+)"', json.dumps(DOCUMENT)))
    named = {f"{kind}/{name}" for kind, members in components.items() for name in members}

    assert named - referenced == {"securitySchemes/bearer"}
    assert referenced <= named


@each_request
def test_expected_reply_matches_its_schema(case: event_files.Case) -> None:
    status, body = case.reply["statusCode"], case.reply["body"]
    if status >= 400:
        response = DOCUMENT["components"]["responses"][f"Failure{status}"]
        schema = response["content"]["application/json"]["schema"]
        Draft202012Validator({**DOCUMENT, **schema}).validate(body)
    elif body:
        action = case.envelope["action"] if case.envelope else "popular"
        validator(title(action) + ("Created" if status == 201 else "Reply")).validate(body)


@each_request
def test_request_schema_agrees_with_the_service(case: event_files.Case) -> None:
    """Except for the listed cases, schemas refuse exactly the content that the service refuses."""
    if case.envelope is None or case.envelope.get("action") not in NAMES:
        return

    is_valid = validator(title(case.envelope["action"]) + "Request").is_valid(case.envelope)

    reply = case.reply["body"]
    code = reply["error"]["code"] if reply and not reply["success"] else None
    beyond_the_schema = case.name in {
        "add-favorite-bad-id",  # the id has surrounding white space
        "add-favorite-deep-voice-data",
        "add-favorite-large-voice-data",
        "body-too-large",
        "no-resource",  # the resource is optional for the path /v1/voices
        "unknown-method",
        "unknown-path",
    }
    refused_for_content = code in {"VALIDATION_ERROR", "NOT_FOUND"} and not beyond_the_schema
    assert is_valid is not refused_for_content


def test_best_effort_request_accepts_every_input() -> None:
    schema = validator("TrackUsageRequest")

    assert schema.is_valid({"action": "track-usage"})
    assert schema.is_valid({"action": "track-usage", "id": [], "data": 1})
    assert schema.is_valid({"action": "track-usage", "id": "v", "data": {"event_id": "x" * 65}})


def test_integer_description_excludes_fractions() -> None:
    """JSON Schema accepts 1.0 as an integer, but the service does not. The description says so."""
    limit = DOCUMENT["components"]["schemas"]["RecentRequest"]["properties"]["data"]

    assert "`1.0` is refused" in limit["properties"]["limit"]["description"]
