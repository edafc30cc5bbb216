"""Each item has a key of its own, whatever callers name, and holds what was put into it."""

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
from tests.unit.voices_core.actions.test_parameters import VOICE_IDS
from voices_core.settings import TableSettings
from voices_core.storage import aws as calls
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

NAMES = st.text(max_size=30) | st.sampled_from(
    ["", "#", "USER#", "VOICE#", "FAVORITE#", "FAVORITES", "RECENTS", "COUNT", "LOG", "LEADERBOARD"]
)


def keys_of(user: str, voice: str) -> list[tuple[str, str]]:
    """The keys of all items that are about a user and a voice, and of those about nobody."""
    return [
        (user_key(user), favorite_key(voice)),
        (user_key(user), FAVORITES),
        (user_key(user), RECENTS),
        (voice_key(voice), COUNT),
        (LOG, log_key(1)),
        (LEADERBOARD, LEADERBOARD),
        (CHECKPOINT, CHECKPOINT),
    ]


@given(NAMES, NAMES)
def test_no_two_items_share_a_key(user: str, voice: str) -> None:
    keys = keys_of(user, voice)

    assert len(set(keys)) == len(keys)


@given(NAMES, NAMES, NAMES, NAMES)
def test_no_name_reaches_into_anothers_items(user: str, voice: str, other: str, last: str) -> None:
    assume((user, voice) != (other, last))

    assert keys_of(user, voice)[0] not in keys_of(other, last)
    assert (user_key(user) == user_key(other)) is (user == other)
    assert (voice_key(voice) == voice_key(last)) is (voice == last)


@given(NAMES)
def test_only_favorites_start_as_favorites_do(voice: str) -> None:
    assert favorite_key(voice).startswith(FAVORITE_PREFIX)
    assert not any(key.startswith(FAVORITE_PREFIX) for key in [FAVORITES, RECENTS])


@given(st.integers(0, 10**12 - 1), st.integers(0, 10**12 - 1))
def test_log_keys_sort_as_their_numbers_do(one: int, other: int) -> None:
    assert (log_key(one) < log_key(other)) is (one < other)


@given(VOICE_IDS)
def test_a_favorite_knows_its_voice(table: Table, voice_id: str) -> None:
    assert table.favorite("USER#alice", favorite_key(voice_id)).voice_id == voice_id


@pytest.mark.parametrize("name", ["x" * 128, "𝄞" * 128])
def test_the_longest_keys_are_as_long_as_dynamodb_takes(name: str) -> None:
    assert len(favorite_key(name).encode()) <= 1024
    assert len(voice_key(name).encode()) <= 2048
    assert len(user_key("𝄞" * 255).encode()) <= 2048


@given(st.lists(st.tuples(st.text(max_size=20), st.integers(0, 10**15)), max_size=5))
def test_what_is_packed_is_json(rows: list[tuple[str, int]]) -> None:
    assert json.loads(zlib.decompress(pack(rows))) == [list(row) for row in rows]


def test_packing_makes_less_of_it() -> None:
    rows = [[f"voice-{number}", NOW + number] for number in range(50)]

    assert len(pack(rows)) < len(json.dumps(rows)) / 2


def test_a_table_is_made_as_the_template_declares_it(table: Table) -> None:
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


def test_a_table_that_is_there_is_kept(table: Table) -> None:
    table.favorite("USER#alice", favorite_key("v"), voice_data="{}", created_at=NOW).save()

    table.create()

    assert table.favorite.get("USER#alice", favorite_key("v")).created_at == NOW


def test_items_come_back_as_they_were_put(table: Table) -> None:
    table.favorite("USER#a", favorite_key("v"), voice_data='{"é":1}', created_at=NOW).save()
    table.recents("USER#a", RECENTS, applied=NOW, voices=[["v", NOW, 3, None, "é"]]).save()
    table.voice_count("VOICE#v", COUNT, applied=NOW, usage_count=2**53).save()
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
    assert (recents.applied, recents.voices) == (NOW, [["v", NOW, 3, None, "é"]])
    voice = table.voice_count.get("VOICE#v", COUNT)
    assert (voice.applied, voice.usage_count) == (NOW, 2**53)
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


def test_what_was_never_counted_is_nothing(table: Table) -> None:
    assert table.favorite_count("USER#a", FAVORITES).favorites == 0
    assert (table.recents("USER#a", RECENTS).applied, table.recents("x", "y").voices) == (0, [])
    assert (table.leaderboard("x", "y").revision, table.leaderboard("x", "y").voices) == (0, [])
    assert (table.checkpoint("x", "y").seq, table.checkpoint("x", "y").at) == (0, 0)


def test_no_item_shares_its_lists_with_another(table: Table) -> None:
    table.recents("USER#a", RECENTS).voices.append("canary")

    assert table.recents("USER#b", RECENTS).voices == []


@pytest.fixture
def aws_of_two() -> Iterator[None]:
    with mock_aws():
        yield


def test_a_process_can_hold_several_tables(aws_of_two: None) -> None:
    one = Table(TableSettings("one", "eu-central-1", None))
    two = Table(TableSettings("two", "eu-central-1", None))
    one.create()
    two.create()
    one.checkpoint(CHECKPOINT, CHECKPOINT, seq=1, at=1).save()

    assert one.checkpoint.get(CHECKPOINT, CHECKPOINT).seq == 1
    with pytest.raises(two.checkpoint.DoesNotExist):
        two.checkpoint.get(CHECKPOINT, CHECKPOINT)


def test_all_items_go_through_one_client(table: Table, aws: Aws) -> None:
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


def test_the_client_takes_the_times_and_the_attempts_of_ours(table: Table) -> None:
    config: Any = table.connection.client.meta.config

    assert config.connect_timeout == calls.CONNECT_TIMEOUT_S
    assert config.read_timeout == calls.READ_TIMEOUT_S
    assert config.max_pool_connections == calls.MAX_CONNECTIONS
    assert config.retries == {"total_max_attempts": calls.MAX_ATTEMPTS, "mode": "standard"}


def test_a_table_is_where_its_settings_say(aws_of_two: None) -> None:
    far = Table(TableSettings("far", "ap-southeast-2", None)).connection.client.meta
    near = Table(TableSettings("near", "eu-central-1", "http://localhost:4566")).connection.client

    assert (far.region_name, far.endpoint_url) == (
        "ap-southeast-2",
        "https://dynamodb.ap-southeast-2.amazonaws.com",
    )
    assert near.meta.endpoint_url == "http://localhost:4566"
