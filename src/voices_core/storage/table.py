"""The items of the one table, and their keys.

    pk                sk                   item           holds
    USER#<user id>    FAVORITE#<voice id>  Favorite       one favorite voice
    USER#<user id>    FAVORITES            FavoriteCount  how many favorites there are
    USER#<user id>    RECENTS              Recents        the voices used last
    VOICE#<voice id>  COUNT                VoiceCount     how often everybody used a voice
    LEADERBOARD       LEADERBOARD          Leaderboard    the voices that everybody used most
    LOG               <seq, 12 digits>     LogEntry       one committed batch of uses
    CHECKPOINT        CHECKPOINT           Checkpoint     up to where the log is applied

A key holds at most one caller's text, at its end, behind a prefix that no other item has: so no two
items share a key, whatever the text. Moments are milliseconds since 1970, UTC.
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
    """A whole number; pynamodb's own attribute reads any number."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class PackedAttribute(Attribute[Any]):
    """A JSON value as compressed text: lists of uses and voices shrink to about a half."""

    attr_type = BINARY

    def serialize(self, value: Any) -> bytes:
        return pack(value)

    def deserialize(self, value: bytes) -> Any:
        return json.loads(zlib.decompress(value))


def pack(value: Any) -> bytes:
    """What is stored of a JSON value."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode())


class Item(Model):
    """What every item has; `Table` binds the items to a real table."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class Favorite(Item):
    """A voice that a user has starred; `voice_data` is JSON text, so that any JSON value fits."""

    voice_data = UnicodeAttribute()
    created_at = IntegerAttribute()

    @property
    def voice_id(self) -> str:
        return self.sk.removeprefix(FAVORITE_PREFIX)


class FavoriteCount(Item):
    """Kept in the transaction that adds or removes a favorite, so that the limit needs no query."""

    favorites = IntegerAttribute(default=0)


class Recent(NamedTuple):
    """One of the voices a user used last; context and agent are those of the last use."""

    voice_id: str
    last_used_at: int
    usage_count: int
    context: str | None
    agent_id: str | None


class Recents(Item):
    """The voices a user used last, a row of `Recent` each, the last one first.

    `applied` is when the last log entry that went into it was committed.
    """

    applied = IntegerAttribute(default=0)
    voices = PackedAttribute(default=list)


class VoiceCount(Item):
    """The uses of one voice by everybody; `applied` as in `Recents`."""

    applied = IntegerAttribute()
    usage_count = IntegerAttribute()


class Leaderboard(Item):
    """The most used voices, `[voice id, uses]` each, the most used first.

    `revision` grows with each write, so that of two writers one sees that it was overtaken.
    """

    revision = IntegerAttribute(default=0)
    voices = PackedAttribute(default=list)


class LogEntry(Item):
    """A committed batch of uses: `at` is when it was committed.

    `ids` holds 16 bytes an event, apart from `events`, since most readers need nothing else.
    `version` tells a release that knows other rows to leave the entry to its successor. `late`
    marks an entry whose events were committed long after their moment, and `late_before` is the
    last one so marked before it, 0 if none is.
    """

    version = IntegerAttribute()
    at = IntegerAttribute()
    ids = BinaryAttribute(legacy_encoding=False)
    events = PackedAttribute()
    late = BooleanAttribute(default=False)
    late_before = IntegerAttribute(default=0)
    expires_at = TTLAttribute()


class Checkpoint(Item):
    """The last entry that every projection holds, with all before it, and when it was committed."""

    seq = IntegerAttribute(default=0)
    at = IntegerAttribute(default=0)


def user_key(user_id: str) -> str:
    """The partition that holds all that is kept of a user, the log apart."""
    return f"USER#{user_id}"


def favorite_key(voice_id: str) -> str:
    """The sort key of a favorite in its user's partition."""
    return FAVORITE_PREFIX + voice_id


def voice_key(voice_id: str) -> str:
    """The partition of a voice's count."""
    return f"VOICE#{voice_id}"


def log_key(seq: int) -> str:
    """The sort key of a log entry: its number, padded so that text sorts as numbers do."""
    return f"{seq:012d}"


_M = TypeVar("_M", bound=Item)


class Table:
    """The items bound to one table through one client, which all threads may use.

    pynamodb ties a model to its table by class; binding subclasses keeps that state out of the
    modules, so that a process can hold several tables, and costs one client instead of seven.
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

        # pynamodb makes a connection when a class first asks for one, and subclasses inherit it.
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
        """The botocore session behind the table, for further clients: a second one costs 50 ms."""
        return self.connection.session

    def create(self) -> None:
        """Make the table as the template declares it, and wait for it; keep one that is there."""
        if not self.log_entry.exists():
            self.log_entry.create_table(wait=True, billing_mode="PAY_PER_REQUEST")

    def _bind(self, model: type[_M]) -> type[_M]:
        return cast("type[_M]", MetaModel(model.__name__, (model, self._bound), {}))
