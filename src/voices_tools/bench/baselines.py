"""How uses are usually counted: by adding to counters, which a message that comes twice does twice.

They keep what the service keeps: a count for each voice; for each user and voice the uses, the time
of the last one and its agent. Each handles a batch as Lambda wants it, and writes on threads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from voices_core.usage.event import UsageEvent, from_message

THREADS = 8  # as many as the service's own aggregator has


class Counters:
    """The counters of one table, and the writes that add to them."""

    def __init__(self, client: Any, table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._pool = ThreadPoolExecutor(THREADS)

    def add_to_voices(self, uses: Mapping[str, int]) -> set[str]:
        """Returns the voices whose write failed."""
        added = self._pool.map(lambda voice_id: self._add_to_voice(voice_id, uses[voice_id]), uses)
        return {voice_id for voice_id, done in zip(uses, added, strict=True) if not done}

    def add_to_users(self, uses: Mapping[UsageEvent, int]) -> set[UsageEvent]:
        """Add uses, each number beside the last of them; returns those whose write failed."""
        added = self._pool.map(lambda event: self._add_to_user(event, uses[event]), uses)
        return {event for event, done in zip(uses, added, strict=True) if not done}

    def add_both(self, events: Iterable[UsageEvent]) -> Iterable[bool]:
        """Add each use to both of its counters; tells of each whether both writes succeeded."""
        return self._pool.map(
            lambda event: self._add_to_voice(event.voice_id, 1) and self._add_to_user(event, 1),
            events,
        )

    def _add_to_voice(self, voice_id: str, uses: int) -> bool:
        return self._update(
            {"pk": {"S": f"VOICE#{voice_id}"}, "sk": {"S": "COUNT"}},
            "ADD usage_count :uses SET kind = :kind",
            {":uses": {"N": str(uses)}, ":kind": {"S": "VOICE"}},
        )

    def _add_to_user(self, event: UsageEvent, uses: int) -> bool:
        return self._update(
            {"pk": {"S": f"USER#{event.user_id}"}, "sk": {"S": f"VOICE#{event.voice_id}"}},
            "ADD usage_count :uses SET last_used_at = :at, agent_id = :agent",
            {
                ":uses": {"N": str(uses)},
                ":at": {"N": str(event.at)},
                ":agent": {"S": str(event.agent_id)},
            },
        )

    def _update(self, key: dict[str, Any], update: str, values: dict[str, Any]) -> bool:
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=key,
                UpdateExpression=update,
                ExpressionAttributeValues=values,
            )
        except (BotoCoreError, ClientError):
            return False
        return True


class TwoAdds:
    """Two writes a use."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def aggregate(self, messages: Mapping[str, str]) -> list[str]:
        """Count a batch; returns the ids of the messages that are to come again."""
        added = self._counters.add_both(map(from_message, messages.values()))
        return [message_id for message_id, done in zip(messages, added, strict=True) if not done]


class FoldedAdds:
    """A write for each voice of a batch, and one for each user and voice."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def aggregate(self, messages: Mapping[str, str]) -> list[str]:
        """Count a batch; returns the ids of the messages that are to come again."""
        events = {message_id: from_message(body) for message_id, body in messages.items()}
        voices = Counter(event.voice_id for event in events.values())
        pairs = Counter((event.user_id, event.voice_id) for event in events.values())
        last = {(event.user_id, event.voice_id): event for event in events.values()}
        failed = self._counters.add_to_voices(voices)
        failed_pairs = {
            (event.user_id, event.voice_id)
            for event in self._counters.add_to_users(
                {event: pairs[pair] for pair, event in last.items()}
            )
        }
        return [
            message_id
            for message_id, event in events.items()
            if event.voice_id in failed or (event.user_id, event.voice_id) in failed_pairs
        ]


def create_table(client: Any, name: str, *, indexed: bool = False) -> None:
    """Make the counters' table.

    Without an index it can be asked for one counter only. The indexes answer what the service
    answers: the voices a user used last, and those that everybody uses most.
    """
    keys = {"pk": "S", "sk": "S"}
    indexes: dict[str, tuple[str, str]] = {}
    if indexed:
        keys |= {"kind": "S", "usage_count": "N", "last_used_at": "N"}
        indexes = {"popular": ("kind", "usage_count"), "recent": ("pk", "last_used_at")}
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": kind} for key, kind in keys.items()
        ],
        KeySchema=_key_schema("pk", "sk"),
        **(
            {
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": index,
                        "KeySchema": _key_schema(*key),
                        "Projection": {"ProjectionType": "ALL"},
                    }
                    for index, key in indexes.items()
                ]
            }
            if indexes
            else {}
        ),
    )


def _key_schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
