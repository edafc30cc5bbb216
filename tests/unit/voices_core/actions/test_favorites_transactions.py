"""The DynamoDB calls of the favorites actions, the retries after conflicts, and failures."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from tests.support.doubles import Aws, canceled_transaction, client_error, connection_error
from tests.support.favorites import add, listed_ids, remove
from voices_core.actions.action import Dependencies
from voices_core.actions.favorites import favorites
from voices_core.storage.aws import is_transient


def test_each_action_is_one_call(deps: Dependencies, aws: Aws) -> None:
    add(deps, "v")
    add(deps, "v")
    favorites(deps.table, user_id="alice")
    remove(deps, "v")
    remove(deps, "v")

    transact = "TransactWriteItems"
    assert aws.calls == [transact, transact, "Query", transact, transact]


def test_favorites_are_read_consistently(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[dict[str, Any]] = []
    client = deps.table.connection.client
    send = client._make_api_call

    def record(name: str, arguments: dict[str, Any]) -> Any:
        requests.append(arguments)
        return send(name, arguments)

    monkeypatch.setattr(client, "_make_api_call", record)

    favorites(deps.table, user_id="alice")

    assert [arguments["ConsistentRead"] for arguments in requests] == [True]


@pytest.mark.parametrize("change", [add, remove])
@pytest.mark.parametrize(
    "reasons", [("TransactionConflict", "None"), ("None", "TransactionConflict")]
)
def test_conflicting_change_is_retried(
    deps: Dependencies, aws: Aws, change: Any, reasons: tuple[str, ...]
) -> None:
    add(deps, "w")
    aws.calls.clear()
    aws.failures += [canceled_transaction(*reasons)] * 3

    change(deps, "v")

    assert len(aws.calls) == 4
    assert listed_ids(deps) == (["v", "w"] if change is add else ["w"])


@pytest.mark.parametrize("change", [add, remove])
def test_change_fails_after_four_conflicts(deps: Dependencies, aws: Aws, change: Any) -> None:
    aws.failures += [canceled_transaction("TransactionConflict", "None")] * 4

    with pytest.raises(TransactWriteError) as failure:
        change(deps, "v")

    assert len(aws.calls) == 4
    assert is_transient(failure.value)


def test_pause_between_attempts_is_at_most_100_ms(deps: Dependencies, aws: Aws) -> None:
    pauses: list[float] = []
    deps = dataclasses.replace(deps, sleep=pauses.append)
    aws.failures += [canceled_transaction("TransactionConflict", "None")] * 3

    add(deps, "v")

    assert len(pauses) == 3
    assert all(0 <= pause <= 0.1 for pause in pauses)


def test_conflict_with_failed_condition_is_retried(deps: Dependencies, aws: Aws) -> None:
    aws.failures.append(canceled_transaction("TransactionConflict", "ConditionalCheckFailed"))

    assert set(add(deps, "v")) == {"favorite"}


@pytest.mark.parametrize("change", [add, remove])
def test_persistent_conflict_is_transient(deps: Dependencies, aws: Aws, change: Any) -> None:
    aws.failures += [canceled_transaction("TransactionConflict", "ConditionalCheckFailed")] * 4

    with pytest.raises(TransactWriteError) as failure:
        change(deps, "v")

    assert is_transient(failure.value)


@pytest.mark.parametrize("change", [add, remove, lambda deps, _: listed_ids(deps)])
@pytest.mark.parametrize(
    ("failure", "transient"),
    [
        (connection_error(), True),
        (client_error("ThrottlingException"), True),
        (client_error("InternalServerError", 500), True),
        (client_error("502", 502), True),
        (client_error("AccessDeniedException"), False),
        (client_error("ResourceNotFoundException"), False),
    ],
    ids=str,
)
def test_failure_is_transient_or_permanent(
    deps: Dependencies, aws: Aws, change: Any, failure: Exception, transient: bool
) -> None:
    aws.failures.append(failure)

    with pytest.raises(PynamoDBException) as raised:
        change(deps, "v")

    assert is_transient(raised.value) is transient


@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_throttled_transaction_is_transient(deps: Dependencies, aws: Aws, reason: str) -> None:
    aws.failures.append(canceled_transaction("None", reason))

    with pytest.raises(TransactWriteError) as raised:
        add(deps, "v")

    assert is_transient(raised.value)
