"""What `make run` prints once it serves: a shell with nothing but curl can go on from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# In an order in which each call shows something of those before it.
EXAMPLES: tuple[Mapping[str, Any], ...] = (
    {"action": "add-favorite", "id": "rachel", "data": {"voice_data": {"name": "Rachel"}}},
    {"action": "favorites"},
    {"action": "track-usage", "id": "rachel", "data": {"context": "preview"}},
    {"action": "recent", "data": {"limit": 5}},
    {"action": "popular", "data": {"limit": 5}},
    {"action": "remove-favorite", "id": "rachel"},
)


def welcome(url: str, endpoint_url: str, user: str, token: str) -> str:
    """The lines about a service at `url` whose engine is at `endpoint_url`."""
    calls = (curl(url, token, {"resource": "voices"} | dict(example)) for example in EXAMPLES)
    return "\n".join(
        [
            f"Voices serves at {url} (the engine at {endpoint_url}).",
            "",
            f"A token for {user} (others: make -s token USER=name):",
            "",
            token,
            "",
            "With it, these two lines put the picker on a page of your own, served from any port:",
            "",
            *picker(url, token),
            "",
            "Paste a line to try an action; each works alone. A use shows after a second or two:",
            "",
            *calls,
            "",
            # Last, since what is above takes more than a screen.
            f"In a browser: {url}/",
            "Ctrl-C stops it.",
            "",
        ]
    )


def picker(url: str, token: str) -> tuple[str, str]:
    """The two lines of HTML that add the picker, with the sample voices, to a page."""
    return (
        f'<script type="module" src="{url}/voice-picker.js"></script>',
        f'<voice-picker endpoint="{url}" catalogue="{url}/sample-voices.json" token="{token}">'
        "</voice-picker>",
    )


def curl(url: str, token: str, body: Mapping[str, Any]) -> str:
    """A shell line that makes a call and ends its reply's line; the action comes first in it."""
    text = json.dumps(body, separators=(",", ":"))
    return f"curl -sw '\\n' {url}/v1 -d '{text}' -H 'authorization: Bearer {token}'"
