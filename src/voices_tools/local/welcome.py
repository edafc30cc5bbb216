"""The text that `make run` prints when the service is ready, with a command for each action."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# The order matters, because later calls show the effects of earlier calls.
EXAMPLES: tuple[Mapping[str, Any], ...] = (
    {"action": "add-favorite", "id": "rachel", "data": {"voice_data": {"name": "Rachel"}}},
    {"action": "favorites"},
    {"action": "track-usage", "id": "rachel", "data": {"context": "preview"}},
    {"action": "recent", "data": {"limit": 5}},
    {"action": "popular", "data": {"limit": 5}},
    {"action": "remove-favorite", "id": "rachel"},
)


def welcome(url: str, emulator_url: str, user: str, token: str) -> str:
    """Return the text for a service at `url`."""
    calls = (curl(url, token, {"resource": "voices"} | dict(example)) for example in EXAMPLES)
    return "\n".join(
        [
            f"Voices is running at {url} (its emulator at {emulator_url}).",
            "",
            f"A development token for {user} (for another user: make -s token USER=bob):",
            "",
            token,
            "",
            "To put the picker on a page of your own, add these two lines to the page:",
            "",
            *picker(url, token),
            "",
            "To try an action, paste one of these lines into another terminal.",
            "A usage event is counted within about two seconds.",
            "",
            *calls,
            "",
            # This line is near the end, because the lines above fill more than a screen.
            f"Demo page: {url}/",
            "Press Ctrl-C to stop.",
            "",
        ]
    )


def picker(url: str, token: str) -> tuple[str, str]:
    """Return the two lines of HTML that put the picker with the sample voices on a page."""
    return (
        f'<script type="module" src="{url}/voice-picker.js"></script>',
        f'<voice-picker endpoint="{url}" catalogue="{url}/sample-voices.json" token="{token}">'
        "</voice-picker>",
    )


def curl(url: str, token: str, body: Mapping[str, Any]) -> str:
    """Return a shell command that sends a request. The body is visible before the long token."""
    text = json.dumps(body, separators=(",", ":"))
    # -w '\n' prints a newline, because the reply does not end with a newline.
    return f"curl -sw '\\n' {url}/v1 -d '{text}' -H 'authorization: Bearer {token}'"
