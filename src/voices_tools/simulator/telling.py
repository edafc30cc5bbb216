"""How calls and items are shown in the text of a history."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from voices_tools.simulator import stored
from voices_tools.simulator.expressions import Item
from voices_tools.simulator.items import Key, key_in


def call(operation: str, arguments: dict[str, Any]) -> str:
    """A call, by its keys."""
    key = key_in(arguments)
    if key is not None:
        return f"{operation} {' '.join(key)}"
    if operation == "Query":
        order = "ascending" if arguments.get("ScanIndexForward", True) else "descending"
        bounds = [value["S"] for value in arguments["ExpressionAttributeValues"].values()]
        return f"{operation} {' '.join(bounds)} {order}"
    ((_, request),) = arguments["RequestItems"].items()
    return f"{operation} of {sorted(key['pk']['S'] for key in request['Keys'])}"


def item(key: Key, new: Item | None) -> str:
    """What an item has become."""
    pk, sk = key
    if new is None:
        state = "gone"
    elif pk == "LOG":
        state = f"an entry of {[event.id[:8] for event in stored.entry(new)]}"
    elif pk == "CHECKPOINT":
        state = str(stored.checkpoint(new))
    elif sk == "COUNT":
        state = str(stored.count(new))
    elif sk == "RECENTS":
        state = str([(row.voice, row.uses) for row in stored.recents(new)])
    else:
        state = str(stored.leaderboard(new))
    return f"      {pk} {sk} is {state}"


def code(error: ClientError) -> str:
    """The code of an answer that is an error."""
    return str(error.response["Error"]["Code"])
