"""The events of this folder and the replies they get; README.md says what the files hold.

    make -s event NAME=usage-batch

prints an event as it is sent, for `sam local invoke -e -`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "events"

PLACEHOLDERS = {
    "<id>": re.compile(r"[!-~]+"),
    "<time>": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
}
_MOMENTS = ("SentTimestamp", "ApproximateFirstReceiveTimestamp")


@dataclass(frozen=True)
class Case:
    """An event and the reply it gets on a table that is empty but for what came `after` others."""

    name: str
    stored: dict[str, Any]
    after: tuple[str, ...]
    as_if_now: bool
    reply: dict[str, Any]

    @property
    def is_batch(self) -> bool:
        """Whether it is for the aggregator and not for the API."""
        return "Records" in self.stored

    @property
    def body(self) -> bytes:
        """What a request carries."""
        text: str = self.stored.get("body", "")
        return base64.b64decode(text) if self.stored["isBase64Encoded"] else text.encode()

    @property
    def envelope(self) -> dict[str, Any] | None:
        """The body as a call, if it is a JSON object."""
        try:
            envelope = json.loads(self.body)
        except ValueError:
            return None
        return envelope if isinstance(envelope, dict) else None

    @property
    def event(self) -> dict[str, Any]:
        """What is sent: the stored event, its moments made those of now where that is asked."""
        return _as_if_now(self.stored) if self.as_if_now else self.stored


def names() -> list[str]:
    """The events that there are."""
    return sorted(path.name.removesuffix(".reply.json") for path in FOLDER.glob("*.reply.json"))


def load(name: str) -> Case:
    """Read an event and its reply."""
    stored = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    expected = json.loads((FOLDER / f"{name}.reply.json").read_text("utf-8"))
    after, as_if_now = tuple(expected.get("after", ())), expected.get("as_if_now", False)
    return Case(name, stored, after, as_if_now, expected["reply"])


def comparable(reply: dict[str, Any], expected: Any) -> Any:
    """A function's reply in the form of an expected one, which it then equals if it is as expected.

    A body of JSON is read, and what a placeholder stands for becomes the placeholder.
    """
    if isinstance(expected, dict) and isinstance(expected.get("body"), dict):
        reply = reply | {"body": json.loads(reply["body"])}
    return _masked(reply, expected)


def _masked(value: Any, expected: Any) -> Any:
    if isinstance(value, dict) and isinstance(expected, dict):
        return {name: _masked(member, expected.get(name)) for name, member in value.items()}
    if isinstance(value, list) and isinstance(expected, list) and len(value) == len(expected):
        return [_masked(*pair) for pair in zip(value, expected, strict=True)]
    if isinstance(value, str) and isinstance(expected, str) and expected in PLACEHOLDERS:
        return expected if PLACEHOLDERS[expected].fullmatch(value) else value
    return value


def _as_if_now(event: dict[str, Any]) -> dict[str, Any]:
    """A batch whose last message was sent just now, the others as long before it as they are."""
    records = event["Records"]
    last = max(int(record["attributes"][name]) for record in records for name in _MOMENTS)
    later = time.time_ns() // 1_000_000 - last
    return {"Records": [_moved(record, later) for record in records]}


def _moved(record: dict[str, Any], later: int) -> dict[str, Any]:
    attributes = dict(record["attributes"])
    for name in _MOMENTS:
        attributes[name] = str(int(attributes[name]) + later)
    body = re.sub(r'(?<="at":)\d+', lambda at: str(int(at[0]) + later), record["body"])
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    return record | {"attributes": attributes, "body": body, "md5OfBody": digest}


def main() -> None:
    """Print the Lambda event that the command line names."""
    parser = argparse.ArgumentParser(prog="make event", description=main.__doc__)
    parser.add_argument("name", choices=names(), metavar="NAME", help="a file name, no ending")
    print(json.dumps(load(parser.parse_args().name).event))


if __name__ == "__main__":
    main()
