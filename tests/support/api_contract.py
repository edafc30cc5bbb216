"""The tables of the API contract (docs/reference/api.md), written out for the tests."""

from __future__ import annotations

# By action: the role of the user, whether the action takes a voice id, and the parameters.
ACTIONS = {
    "favorites": ("required", False, []),
    "add-favorite": ("required", True, ["voice_data"]),
    "remove-favorite": ("required", True, []),
    "popular": ("ignored", False, ["limit"]),
    "recent": ("required", False, ["limit"]),
    "track-usage": ("optional", True, ["context", "agentId", "event_id"]),
}
USER_ACTIONS = [name for name, (caller, _, _) in ACTIONS.items() if caller == "required"]
# These actions report all failures. track-usage does not, because it is best effort.
STRICT_ACTIONS = [name for name in ACTIONS if name != "track-usage"]

# The HTTP status of each error code that the function returns.
STATUSES = {
    "UNAUTHORIZED": 401,
    "INVALID_TOKEN": 401,
    "NOT_FOUND": 404,
    "VALIDATION_ERROR": 400,
    "INVALID_ACTION": 400,
    "INTERNAL_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
}
