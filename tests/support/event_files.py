"""Load the Lambda events in events/ and their expected replies. See events/README.md.

    make -s event NAME=usage-batch

prints a Lambda event in the form that `sam local invoke -e -` reads.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import time
from dataclasses import dataclass
from typing import Any

from voices_tools.paths import ROOT

FOLDER = ROOT / "events"

PLACEHOLDERS = {
    "<id>": re.compile(r"[!-~]+"),
    "<time>": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
}
TIME_ATTRIBUTES = ("SentTimestamp", "ApproximateFirstReceiveTimestamp")


@dataclass(frozen=True)
class Case:
    """A Lambda event and its reply. `after` names the Lambda events to send first, in order."""

    name: str
    stored: dict[str, Any]
    after: tuple[str, ...]
    as_if_now: bool
    reply: dict[str, Any]

    @property
    def is_batch(self) -> bool:
        """Whether the Lambda event is for the aggregator. Other Lambda events are for the API."""
        return "Records" in self.stored

    @property
    def body(self) -> bytes:
        """The body of the HTTP request."""
        text: str = self.stored.get("body", "")
        return base64.b64decode(text) if self.stored["isBase64Encoded"] else text.encode()

    @property
    def envelope(self) -> dict[str, Any] | None:
        """The body as a JSON object, or None if it is not a JSON object."""
        try:
            envelope = json.loads(self.body)
        except ValueError:
            return None
        return envelope if isinstance(envelope, dict) else None

    @property
    def event(self) -> dict[str, Any]:
        """The Lambda event to send. With `as_if_now`, its times are moved to the present."""
        return _move_to_now(self.stored) if self.as_if_now else self.stored


def names() -> list[str]:
    """Return the names of all cases."""
    return sorted(path.name.removesuffix(".reply.json") for path in FOLDER.glob("*.reply.json"))


def load(name: str) -> Case:
    """Read a Lambda event and its expected reply."""
    stored = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    expected = json.loads((FOLDER / f"{name}.reply.json").read_text("utf-8"))
    after, as_if_now = tuple(expected.get("after", ())), expected.get("as_if_now", False)
    return Case(name, stored, after, as_if_now, expected["reply"])


def comparable(reply: dict[str, Any], expected: Any) -> Any:
    """Convert a function's reply, so that `==` can compare it with the expected reply.

    A JSON body is parsed. A value that matches an expected placeholder is replaced by the
    placeholder.
    """
    if isinstance(expected, dict) and isinstance(expected.get("body"), dict):
        reply = reply | {"body": json.loads(reply["body"])}
    return _with_placeholders(reply, expected)


def _with_placeholders(value: Any, expected: Any) -> Any:
    if isinstance(value, dict) and isinstance(expected, dict):
        return {
            name: _with_placeholders(member, expected.get(name)) for name, member in value.items()
        }
    if isinstance(value, list) and isinstance(expected, list) and len(value) == len(expected):
        return [_with_placeholders(*pair) for pair in zip(value, expected, strict=True)]
    if isinstance(value, str) and isinstance(expected, str) and expected in PLACEHOLDERS:
        return expected if PLACEHOLDERS[expected].fullmatch(value) else value
    return value


def _move_to_now(event: dict[str, Any]) -> dict[str, Any]:
    """Shift all times of a batch by the same duration, so that its last message was sent now."""
    records = event["Records"]
    last = max(int(record["attributes"][name]) for record in records for name in TIME_ATTRIBUTES)
    shift_ms = time.time_ns() // 1_000_000 - last
    return {"Records": [_move(record, shift_ms) for record in records]}


def _move(record: dict[str, Any], shift_ms: int) -> dict[str, Any]:
    attributes = dict(record["attributes"])
    for name in TIME_ATTRIBUTES:
        attributes[name] = str(int(attributes[name]) + shift_ms)
    body = re.sub(r'(?<="at":)\d+', lambda at: str(int(at[0]) + shift_ms), record["body"])
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    return record | {"attributes": attributes, "body": body, "md5OfBody": digest}


def main() -> None:
    """Print the Lambda event with the given name."""
    parser = argparse.ArgumentParser(usage="make -s event NAME=usage-batch")
    parser.add_argument("name", choices=names(), metavar="NAME")
    print(json.dumps(load(parser.parse_args().name).event))


if __name__ == "__main__":
    main()
