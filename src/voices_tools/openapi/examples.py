"""Examples in the OpenAPI document: the Lambda events in events/ and their expected replies."""

from __future__ import annotations

import json
from typing import Any

from voices_tools.paths import ROOT

FOLDER = ROOT / "events"
_EXAMPLE_TIME = "2026-01-01T12:00:00.000Z"  # replaces `<time>` in expected replies


def names() -> list[str]:
    """Return the names of all Lambda events that have an expected reply."""
    return sorted(path.name.removesuffix(".reply.json") for path in FOLDER.glob("*.reply.json"))


def request(name: str) -> Any:
    """Return the envelope that a Lambda event contains."""
    return json.loads(_read(f"{name}.json")["body"])


def reply(name: str) -> dict[str, Any]:
    """Return the expected result of the function for a Lambda event: `statusCode` and `body`."""
    expected: dict[str, Any] = _read(f"{name}.reply.json")["reply"]
    return expected


def _read(file_name: str) -> dict[str, Any]:
    text = (FOLDER / file_name).read_text("utf-8").replace("<time>", _EXAMPLE_TIME)
    content: dict[str, Any] = json.loads(text)
    return content
