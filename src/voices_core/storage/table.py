"""The items of the DynamoDB table, and their keys. The service has one table.

    pk                sk                   item           holds
    USER#<user id>    FAVORITE#<voice id>  Favorite       one favorite voice
    USER#<user id>    FAVORITES            FavoriteCount  the number of favorites
    USER#<user id>    RECENTS              Recents        the voices that the user used last
    VOICE#<voice id>  COUNT                VoiceCount     the usage count of a voice, all users
    LEADERBOARD       LEADERBOARD          Leaderboard    the most used voices, all users
    LOG               <seq, 12 digits>     LogEntry       one committed batch of usage events
    CHECKPOINT        CHECKPOINT           Checkpoint     the last log entry that is fully applied

A partition key or sort key contains at most one text from a caller. This text comes last, after a
fixed prefix that no other kind of item has. Therefore two different items never have the same key.

Times are milliseconds since 1970 (UTC).
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
    """An integer. pynamodb's NumberAttribute could also return a float."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class PackedAttribute(Attribute[Any]):
    """A JSON value that is stored compressed, which halves the size of most lists."""

    attr_type = BINARY

    def serialize(self, value: Any) -> bytes:
        return pack(value)

    def deserialize(self, value: bytes) -> Any:
        return json.loads(zlib.decompress(value))


def pack(value: Any) -> bytes:
    """Return a JSON value in the compressed form that PackedAttribute stores."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode())


class Item(Model):
    """The base class of all items, with the key. `Table` binds the item classes to a table."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class Favorite(Item):
    """A user's favorite voice. `voice_data` is JSON text, so it can contain any JSON object."""

    voice_data = UnicodeAttribute()
    created_at = IntegerAttribute()

    @property
    def voice_id(self) -> str:
        return self.sk.removeprefix(FAVORITE_PREFIX)


class FavoriteCount(Item):
    """The number of a user's favorites.

    Each change of a favorite also changes this number, in the same transaction. The favorites limit
    can therefore be checked without a query.
    """

    favorites = IntegerAttribute(default=0)


class Recent(NamedTuple):
    """A row of `Recents`. `context` and `agent_id` are from the last usage event."""

    voice_id: str
    last_used_at: int
    usage_count: int
    context: str | None
    agent_id: str | None


class Recents(Item):
    """The voices that a user used most recently, as `Recent` rows. The last used voice is first.

    `watermark` is the commit time of the last log entry that the item contains.
    """

    watermark = IntegerAttribute(default=0, attr_name="applied")
    voices = PackedAttribute(default=list)


class VoiceCount(Item):
    """The usage count of a voice over all users. `watermark` means the same as in `Recents`."""

    watermark = IntegerAttribute(attr_name="applied")
    usage_count = IntegerAttribute()


class Leaderboard(Item):
    """The most used voices, as pairs `[voice id, usage count]`. The most used voice is first.

    Each write increases `revision`. A write fails if another writer has changed `revision`.
    """

    revision = IntegerAttribute(default=0)
    voices = PackedAttribute(default=list)


class LogEntry(Item):
    """A committed batch of usage events. `at` is the commit time.

    `ids` contains the event ids, 16 bytes each. They are not part of `events`, because most readers
    need only the ids. `version` is the version of the entry's format. A release refuses entries
    with an unknown version. `late` marks an entry that contains late events. `late_before` is the
    number of the previous marked entry, or 0 if there is none.
    """

    version = IntegerAttribute()
    at = IntegerAttribute()
    ids = BinaryAttribute(legacy_encoding=False)
    events = PackedAttribute()
    late = BooleanAttribute(default=False)
    late_before = IntegerAttribute(default=0)
    expires_at = TTLAttribute()


class Checkpoint(Item):
    """The last applied log entry. All projections contain this entry and all earlier ones."""

    seq = IntegerAttribute(default=0)
    at = IntegerAttribute(default=0)


def user_key(user_id: str) -> str:
    """Return the partition key of a user's favorites, favorite count and recent voices."""
    return f"USER#{user_id}"


def favorite_key(voice_id: str) -> str:
    """Return the sort key of a favorite in its user's partition."""
    return FAVORITE_PREFIX + voice_id


def voice_key(voice_id: str) -> str:
    """Return the partition key of a voice's count."""
    return f"VOICE#{voice_id}"


def log_key(seq: int) -> str:
    """Return the sort key of a log entry: its number with leading zeros.

    With leading zeros, the text order of the keys is the same as the order of the numbers.
    """
    return f"{seq:012d}"


_M = TypeVar("_M", bound=Item)


class Table:
    """The item classes, bound to one table. They share one client, which all threads can use.

    pynamodb stores the table's name and client in each item class. `Table` therefore creates
    subclasses of the item classes, so that one process can use several tables.
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

        # pynamodb creates the connection of a class at the first call. Subclasses inherit it.
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
        """The table's botocore session. Other clients use it, because a new session takes 50 ms."""
        return self.connection.session

    def create(self) -> None:
        """Create the table if it does not exist, and wait until it is ready.

        The keys and the billing mode are the same as in the template.
        """
        if not self.log_entry.exists():
            self.log_entry.create_table(wait=True, billing_mode="PAY_PER_REQUEST")

    def _bind(self, model: type[_M]) -> type[_M]:
        return cast("type[_M]", MetaModel(model.__name__, (model, self._bound), {}))
