"""The items of the one DynamoDB table, and their keys.

    pk                sk                   item           holds
    USER#<user id>    FAVORITE#<voice id>  Favorite       one favorite voice
    USER#<user id>    FAVORITES            FavoriteCount  the number of favorites
    USER#<user id>    RECENTS              Recents        the voices used most recently
    VOICE#<voice id>  COUNT                VoiceCount     the usage count of a voice, all users
    LEADERBOARD       LEADERBOARD          Leaderboard    the most used voices, all users
    LOG               <seq, 12 digits>     LogEntry       one committed batch of usage events
    CHECKPOINT        CHECKPOINT           Checkpoint     the last log entry that is fully applied

A key contains at most one text from a caller. It is at the end, after a prefix that only this kind
of item has, so no two items can share a key. Times are milliseconds since 1970 (UTC).
"""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple, TypeVar, cast

from botocore.session import Session
from pynamodb.attributes import (
    Attribute,
    BinaryAttribute,
    BooleanAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.constants import BINARY, NUMBER
from pynamodb.models import MetaModel, Model

from voices_core.settings import TableSettings
from voices_core.storage import aws

FAVORITE_PREFIX = "FAVORITE#"
FAVORITES = "FAVORITES"
RECENTS = "RECENTS"
COUNT = "COUNT"
LOG = "LOG"
LEADERBOARD = "LEADERBOARD"
CHECKPOINT = "CHECKPOINT"


class IntegerAttribute(Attribute[int]):
    """An integer; pynamodb's NumberAttribute also returns floats."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class PackedAttribute(Attribute[Any]):
    """A JSON value as compressed text: lists of events and voices shrink to about half."""

    attr_type = BINARY

    def serialize(self, value: Any) -> bytes:
        return pack(value)

    def deserialize(self, value: bytes) -> Any:
        return json.loads(zlib.decompress(value))


def pack(value: Any) -> bytes:
    """Return a JSON value as it is stored in a PackedAttribute."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode())


class Item(Model):
    """The key that every item has. `Table` binds the item classes to a real table."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class Favorite(Item):
    """A user's favorite voice; `voice_data` is JSON text, so that any JSON value fits."""

    voice_data = UnicodeAttribute()
    created_at = IntegerAttribute()

    @property
    def voice_id(self) -> str:
        return self.sk.removeprefix(FAVORITE_PREFIX)


class FavoriteCount(Item):
    """The number of favorites. Written with each favorite, so that the limit needs no query."""

    favorites = IntegerAttribute(default=0)


class Recent(NamedTuple):
    """A row of `Recents`; context and agent are those of the last usage event."""

    voice_id: str
    last_used_at: int
    usage_count: int
    context: str | None
    agent_id: str | None


class Recents(Item):
    """The voices that a user used most recently: one row of `Recent` each, the last used first.

    `watermark` is the commit time of the last log entry that the item contains.
    """

    watermark = IntegerAttribute(default=0, attr_name="applied")
    voices = PackedAttribute(default=list)


class VoiceCount(Item):
    """The usage count of a voice, of all users; `watermark` as in `Recents`."""

    watermark = IntegerAttribute(attr_name="applied")
    usage_count = IntegerAttribute()


class Leaderboard(Item):
    """The voices used most, as `[voice id, usage count]`, the most used first.

    `revision` grows with each write, so that a writer notices a concurrent one.
    """

    revision = IntegerAttribute(default=0)
    voices = PackedAttribute(default=list)


class LogEntry(Item):
    """A committed batch of usage events; `at` is the commit time.

    `ids` holds 16 bytes per event, apart from `events`, because most readers need only the ids.
    `version` lets a release recognise entries of a newer format. `late` marks an entry that holds
    late events, and `late_before` is the number of the previous marked entry, 0 if there is none.
    """

    version = IntegerAttribute()
    at = IntegerAttribute()
    ids = BinaryAttribute(legacy_encoding=False)
    events = PackedAttribute()
    late = BooleanAttribute(default=False)
    late_before = IntegerAttribute(default=0)
    expires_at = TTLAttribute()


class Checkpoint(Item):
    """The last applied log entry: all projections contain it and all entries before it."""

    seq = IntegerAttribute(default=0)
    at = IntegerAttribute(default=0)


def user_key(user_id: str) -> str:
    """Return the partition key of everything stored about a user, except the log."""
    return f"USER#{user_id}"


def favorite_key(voice_id: str) -> str:
    """Return the sort key of a favorite in its user's partition."""
    return FAVORITE_PREFIX + voice_id


def voice_key(voice_id: str) -> str:
    """Return the partition key of a voice's count."""
    return f"VOICE#{voice_id}"


def log_key(seq: int) -> str:
    """Return the sort key of a log entry: its number, padded so that text sorts like numbers."""
    return f"{seq:012d}"


_M = TypeVar("_M", bound=Item)


class Table:
    """The item classes bound to one table through one client, which is safe for all threads.

    pynamodb stores a model's table in the class. Binding subclasses keeps that state out of the
    modules, lets a process use several tables, and needs one client instead of seven.
    """

    def __init__(self, settings: TableSettings) -> None:
        class Bound(Item):
            class Meta:
                table_name = settings.table_name
                region = settings.region
                host = settings.endpoint_url
                connect_timeout_seconds = aws.CONNECT_TIMEOUT_S
                read_timeout_seconds = aws.READ_TIMEOUT_S
                max_retry_attempts = aws.MAX_ATTEMPTS - 1
                max_pool_connections = aws.MAX_CONNECTIONS

        # pynamodb creates a connection when a class first asks for one; subclasses inherit it.
        self.connection: Connection = Bound._get_connection().connection  # noqa: SLF001
        self._bound = Bound
        self.favorite = self._bind(Favorite)
        self.favorite_count = self._bind(FavoriteCount)
        self.recents = self._bind(Recents)
        self.voice_count = self._bind(VoiceCount)
        self.leaderboard = self._bind(Leaderboard)
        self.log_entry = self._bind(LogEntry)
        self.checkpoint = self._bind(Checkpoint)

    @property
    def session(self) -> Session:
        """The botocore session of the table, for further clients: a new session costs 50 ms."""
        return self.connection.session

    def create(self) -> None:
        """Create the table as the template declares it and wait for it, unless it exists."""
        if not self.log_entry.exists():
            self.log_entry.create_table(wait=True, billing_mode="PAY_PER_REQUEST")

    def _bind(self, model: type[_M]) -> type[_M]:
        return cast("type[_M]", MetaModel(model.__name__, (model, self._bound), {}))
