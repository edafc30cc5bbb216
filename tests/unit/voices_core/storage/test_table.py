"""Items have distinct keys for any ids, and return their stored values."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from moto import mock_aws

from tests.support.doubles import NOW, Aws
from tests.support.strategies import VOICE_IDS
from voices_core.settings import TableSettings
from voices_core.storage import aws as storage_aws
from voices_core.storage.table import (
    CHECKPOINT,
    COUNT,
    FAVORITE_PREFIX,
    FAVORITES,
    LEADERBOARD,
    LOG,
    RECENTS,
    Table,
    favorite_key,
    log_key,
    pack,
    user_key,
    voice_key,
)
from voices_core.timestamps import to_datetime

IDS = st.text(max_size=30) | st.sampled_from(
    ["", "#", "USER#", "VOICE#", "FAVORITE#", "FAVORITES", "RECENTS", "COUNT", "LOG", "LEADERBOARD"]
)


def item_keys(user: str, voice: str) -> list[tuple[str, str]]:
    """Return the keys of all items of a user and a voice, and of the shared items."""
    return [
        (user_key(user), favorite_key(voice)),
        (user_key(user), FAVORITES),
        (user_key(user), RECENTS),
        (voice_key(voice), COUNT),
        (LOG, log_key(1)),
        (LEADERBOARD, LEADERBOARD),
        (CHECKPOINT, CHECKPOINT),
    ]


@given(IDS, IDS)
def test_items_have_distinct_keys(user: str, voice: str) -> None:
    keys = item_keys(user, voice)

    assert len(set(keys)) == len(keys)


@given(IDS, IDS, IDS, IDS)
def test_ids_cannot_collide_with_other_items(
    user: str, voice: str, other_user: str, other_voice: str
) -> None:
    assume((user, voice) != (other_user, other_voice))

    assert item_keys(user, voice)[0] not in item_keys(other_user, other_voice)
    assert (user_key(user) == user_key(other_user)) is (user == other_user)
    assert (voice_key(voice) == voice_key(other_voice)) is (voice == other_voice)


@given(IDS)
def test_only_favorites_have_the_favorite_prefix(voice: str) -> None:
    assert favorite_key(voice).startswith(FAVORITE_PREFIX)
    assert not any(key.startswith(FAVORITE_PREFIX) for key in [FAVORITES, RECENTS])


@given(st.integers(0, 10**12 - 1), st.integers(0, 10**12 - 1))
def test_log_keys_sort_like_their_numbers(one: int, other: int) -> None:
    assert (log_key(one) < log_key(other)) is (one < other)


@given(VOICE_IDS)
def test_favorite_returns_its_voice_id(table: Table, voice_id: str) -> None:
    assert table.favorite("USER#alice", favorite_key(voice_id)).voice_id == voice_id


@pytest.mark.parametrize("voice_id", ["x" * 128, "𝄞" * 128])
def test_longest_keys_fit_dynamodb_limits(voice_id: str) -> None:
    assert len(favorite_key(voice_id).encode()) <= 1024
    assert len(voice_key(voice_id).encode()) <= 2048
    assert len(user_key("𝄞" * 255).encode()) <= 2048


@given(st.lists(st.tuples(st.text(max_size=20), st.integers(0, 10**15)), max_size=5))
def test_packed_rows_are_compressed_json(rows: list[tuple[str, int]]) -> None:
    assert json.loads(zlib.decompress(pack(rows))) == [list(row) for row in rows]


def test_packing_halves_the_size_of_rows() -> None:
    rows = [[f"voice-{number}", NOW + number] for number in range(50)]

    assert len(pack(rows)) < len(json.dumps(rows)) / 2


def test_created_table_matches_the_template(table: Table) -> None:
    described = table.connection.describe_table("voices")

    assert described is not None
    assert {(key["AttributeName"], key["KeyType"]) for key in described["KeySchema"]} == {
        ("pk", "HASH"),
        ("sk", "RANGE"),
    }
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    client: Any = table.connection.client
    expiry = client.describe_time_to_live(TableName="voices")
    assert expiry["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expires_at",
    }


def test_create_keeps_an_existing_table(table: Table) -> None:
    table.favorite("USER#alice", favorite_key("v"), voice_data="{}", created_at=NOW).save()

    table.create()

    assert table.favorite.get("USER#alice", favorite_key("v")).created_at == NOW


def test_stored_items_are_read_back_unchanged(table: Table) -> None:
    table.favorite("USER#a", favorite_key("v"), voice_data='{"é":1}', created_at=NOW).save()
    table.recents("USER#a", RECENTS, watermark=NOW, voices=[["v", NOW, 3, None, "é"]]).save()
    table.voice_count("VOICE#v", COUNT, watermark=NOW, usage_count=2**53).save()
    table.leaderboard(LEADERBOARD, LEADERBOARD, revision=3, voices=[["v", 7]]).save()
    table.log_entry(
        LOG,
        log_key(1),
        version=1,
        at=NOW,
        ids=bytes(range(16)),
        events=[["v", 0]],
        expires_at=to_datetime(NOW),
    ).save()
    table.checkpoint(CHECKPOINT, CHECKPOINT, seq=1, at=NOW).save()

    favorite = table.favorite.get("USER#a", favorite_key("v"))
    assert (favorite.voice_data, favorite.created_at) == ('{"é":1}', NOW)
    recents = table.recents.get("USER#a", RECENTS)
    assert (recents.watermark, recents.voices) == (NOW, [["v", NOW, 3, None, "é"]])
    voice = table.voice_count.get("VOICE#v", COUNT)
    assert (voice.watermark, voice.usage_count) == (NOW, 2**53)
    board = table.leaderboard.get(LEADERBOARD, LEADERBOARD)
    assert (board.revision, board.voices) == (3, [["v", 7]])
    entry = table.log_entry.get(LOG, log_key(1))
    assert (entry.version, entry.at, entry.ids, entry.events) == (
        1,
        NOW,
        bytes(range(16)),
        [["v", 0]],
    )
    assert entry.expires_at == to_datetime(NOW).replace(microsecond=0)
    checkpoint = table.checkpoint.get(CHECKPOINT, CHECKPOINT)
    assert (checkpoint.seq, checkpoint.at) == (1, NOW)


def test_new_items_have_zero_counts_and_empty_lists(table: Table) -> None:
    assert table.favorite_count("USER#a", FAVORITES).favorites == 0
    assert (table.recents("USER#a", RECENTS).watermark, table.recents("x", "y").voices) == (0, [])
    assert (table.leaderboard("x", "y").revision, table.leaderboard("x", "y").voices) == (0, [])
    assert (table.checkpoint("x", "y").seq, table.checkpoint("x", "y").at) == (0, 0)


def test_items_do_not_share_their_default_lists(table: Table) -> None:
    table.recents("USER#a", RECENTS).voices.append("canary")

    assert table.recents("USER#b", RECENTS).voices == []


@pytest.fixture
def moto_without_table() -> Iterator[None]:
    with mock_aws():
        yield


def test_process_can_open_several_tables(moto_without_table: None) -> None:
    one = Table(TableSettings("one", "eu-central-1", None))
    two = Table(TableSettings("two", "eu-central-1", None))
    one.create()
    two.create()
    one.checkpoint(CHECKPOINT, CHECKPOINT, seq=1, at=1).save()

    assert one.checkpoint.get(CHECKPOINT, CHECKPOINT).seq == 1
    with pytest.raises(two.checkpoint.DoesNotExist):
        two.checkpoint.get(CHECKPOINT, CHECKPOINT)


def test_all_items_use_one_client(table: Table, aws: Aws) -> None:
    items = [
        table.favorite,
        table.favorite_count,
        table.recents,
        table.voice_count,
        table.leaderboard,
        table.log_entry,
        table.checkpoint,
    ]

    assert {item._get_connection().connection for item in items} == {table.connection}


def test_client_has_our_timeouts_and_attempts(table: Table) -> None:
    config: Any = table.connection.client.meta.config

    assert config.connect_timeout == storage_aws.CONNECT_TIMEOUT_S
    assert config.read_timeout == storage_aws.READ_TIMEOUT_S
    assert config.max_pool_connections == storage_aws.MAX_CONNECTIONS
    assert config.retries == {"total_max_attempts": storage_aws.MAX_ATTEMPTS, "mode": "standard"}


def test_table_uses_region_and_endpoint_of_settings(moto_without_table: None) -> None:
    remote = Table(TableSettings("remote", "ap-southeast-2", None)).connection.client.meta
    local = Table(TableSettings("local", "eu-central-1", "http://localhost:4566")).connection.client

    assert (remote.region_name, remote.endpoint_url) == (
        "ap-southeast-2",
        "https://dynamodb.ap-southeast-2.amazonaws.com",
    )
    assert local.meta.endpoint_url == "http://localhost:4566"
