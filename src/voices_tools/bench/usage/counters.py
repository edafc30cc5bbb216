"""The baseline designs of the comparison. They increment counters directly.

A redelivered usage event is counted a second time. The designs store a count for each voice. For
each user-voice pair, they store a count, and the time and agent of the last usage event. They
return the ids of failed messages, as Lambda expects, and write on several threads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from voices_core.usage.event import UsageEvent, from_message

THREADS = 8  # the same number as in the service's aggregator


class Counters:
    """The counters of one table, and the writes that increment them."""

    def __init__(self, client: Any, table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._pool = ThreadPoolExecutor(THREADS)

    def add_to_voices(self, counts: Mapping[str, int]) -> set[str]:
        """Add `counts` to the counters of voices.

        Return the ids of the voices whose write failed.
        """
        added = self._pool.map(lambda voice: self._add_to_voice(voice, counts[voice]), counts)
        return {voice_id for voice_id, done in zip(counts, added, strict=True) if not done}

    def add_to_users(self, counts: Mapping[UsageEvent, int]) -> set[UsageEvent]:
        """Add `counts` to the counters of user-voice pairs.

        Return the usage events whose write failed.
        """
        added = self._pool.map(lambda event: self._add_to_user(event, counts[event]), counts)
        return {event for event, done in zip(counts, added, strict=True) if not done}

    def add_each(self, events: Iterable[UsageEvent]) -> Iterable[bool]:
        """Add each usage event to its two counters. Return whether both writes succeeded."""
        return self._pool.map(
            lambda event: self._add_to_voice(event.voice_id, 1) and self._add_to_user(event, 1),
            events,
        )

    def _add_to_voice(self, voice_id: str, count: int) -> bool:
        return self._update(
            {"pk": {"S": f"VOICE#{voice_id}"}, "sk": {"S": "COUNT"}},
            "ADD usage_count :count SET kind = :kind",
            {":count": {"N": str(count)}, ":kind": {"S": "VOICE"}},
        )

    def _add_to_user(self, event: UsageEvent, count: int) -> bool:
        return self._update(
            {"pk": {"S": f"USER#{event.user_id}"}, "sk": {"S": f"VOICE#{event.voice_id}"}},
            "ADD usage_count :count SET last_used_at = :at, agent_id = :agent",
            {
                ":count": {"N": str(count)},
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
    """A design with two writes for each usage event."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def aggregate(self, messages: Mapping[str, str]) -> list[str]:
        """Count a batch. Return the ids of the messages to redeliver."""
        added = self._counters.add_each(map(from_message, messages.values()))
        return [message_id for message_id, done in zip(messages, added, strict=True) if not done]


class CombinedAdds:
    """A design with one write for each voice of a batch, and one for each user-voice pair."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def aggregate(self, messages: Mapping[str, str]) -> list[str]:
        """Count a batch. Return the ids of the messages to redeliver."""
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
    """Create the table of the counters.

    With indexes, a query can return the voices that a user used last, as `recent` does, or the
    most used voices, as `popular` does.
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
