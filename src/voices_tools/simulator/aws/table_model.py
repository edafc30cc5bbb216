"""An in-memory model of a DynamoDB table that replaces botocore's client.

The model executes one call at a time. `tests/simulator/test_table_model.py` compares the model with
emulators, using the cases in `tests/simulator/cases/`. DynamoDB does not specify how old the result
of an eventually consistent read is, or when an expired item is deleted. The model's caller decides
both.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

from voices_tools.simulator.aws.errors import ConditionFailed, InvalidRequest, client_error
from voices_tools.simulator.aws.item_store import ItemStore
from voices_tools.simulator.aws.items import Key, key_of, projected
from voices_tools.simulator.aws.queries import query_keys
from voices_tools.simulator.aws.values import Item
from voices_tools.simulator.aws.writes import Write, evaluate, targets

MAX_PAGE_BYTES = 1024 * 1024  # the maximum that a Query reads in one call
MAX_BATCH_GET_KEYS = 100
TOKEN_LIFETIME_MS = 10 * 60_000  # how long DynamoDB remembers a transaction's token
_NEVER = {"N": "99999999999999"}
_WRITES = {"DeleteItem": "Delete", "PutItem": "Put", "UpdateItem": "Update"}


class TableModel:
    """A table with the text keys `pk` and `sk`.

    `clock` returns the time in milliseconds. `staleness` returns the age in milliseconds of the
    state that an eventually consistent read returns.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], int] = lambda: 0,
        staleness: Callable[[], int] = lambda: 0,
        name: str = "voices",
        max_page_bytes: int = MAX_PAGE_BYTES,
    ) -> None:
        self._clock = clock
        self._staleness = staleness
        self._max_page_bytes = max_page_bytes
        self._name = name
        self.store = ItemStore(clock)
        self._tokens: dict[str | None, tuple[int, str]] = {}
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "BatchGetItem": self._batch_get,
            "GetItem": self._get,
            "Query": self._query,
            "TransactWriteItems": self._transact,
        }

    def call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Execute a call. Return the reply or raise ClientError, as botocore's client does."""
        try:
            if operation in _WRITES:
                return self._write(_WRITES[operation], arguments)
            return self._operations[operation](arguments)
        except InvalidRequest as error:
            raise client_error(operation, "ValidationException", str(error)) from None
        except ConditionFailed as failed:
            code, details = "ConditionalCheckFailedException", _old_item(arguments, failed)
            raise client_error(operation, code, "condition failed", **details) from None

    def item(self, pk: str, sk: str) -> Item | None:
        """Return the current item, or None."""
        return self.store.get((pk, sk))[0]

    def expired(self, attribute: str) -> list[Key]:
        """Return the keys of the expired items, which TTL can delete."""
        now = self._clock() / 1000
        items = self.store.items()
        return [key for key, item in items if now > int(item.get(attribute, _NEVER)["N"])]

    def delete(self, key: Key) -> None:
        """Delete an item, as TTL does."""
        self.store.put(key, None, 0)

    # Reads

    def _get(self, arguments: dict[str, Any]) -> dict[str, Any]:
        key, is_consistent = key_of(arguments["Key"]), arguments.get("ConsistentRead", False)
        item, size = self._read(key, self._read_time(is_consistent))
        reply = self._reply(arguments, _read_units(size, is_consistent))
        if item is not None:
            reply["Item"] = projected(item, arguments)
        return reply

    def _batch_get(self, arguments: dict[str, Any]) -> dict[str, Any]:
        ((table, request),) = arguments["RequestItems"].items()
        keys = [key_of(key) for key in request["Keys"]]
        if len(keys) > MAX_BATCH_GET_KEYS:
            raise InvalidRequest("too many items requested for the BatchGetItem call")
        if len(set(keys)) < len(keys):
            raise InvalidRequest("provided list of item keys contains duplicates")
        is_consistent = request.get("ConsistentRead", False)
        time_ms = self._read_time(is_consistent)
        items, units = [], 0.0
        for key in keys:
            item, size = self._read(key, time_ms)
            if item is not None:
                units += _read_units(size, is_consistent)
                items.append(projected(item, request))
        return self._reply(arguments, units, is_list=True) | {
            "Responses": {table: items},
            "UnprocessedKeys": {},
        }

    def _query(self, arguments: dict[str, Any]) -> dict[str, Any]:
        is_consistent = arguments.get("ConsistentRead", False)
        time_ms = self._read_time(is_consistent)
        keys = query_keys(self.store, arguments)
        limit = arguments.get("Limit", len(keys) + 1)
        if limit < 1:
            raise InvalidRequest("Limit must be at least 1")
        items: list[Item] = []
        page_bytes = 0
        last: Key | None = None
        for key in keys:
            item, size = self._read(key, time_ms)
            if item is None:
                continue
            page_bytes += size
            items.append(projected(item, arguments))
            if len(items) >= limit or page_bytes > self._max_page_bytes:
                last = key
                break
        units = _read_units(page_bytes, is_consistent) if items else 0
        reply = self._reply(arguments, units)
        reply |= {"Items": items, "Count": len(items), "ScannedCount": len(items)}
        if last is not None:
            reply["LastEvaluatedKey"] = {"pk": {"S": last[0]}, "sk": {"S": last[1]}}
        return reply

    def _read_time(self, is_consistent: bool) -> int | None:
        """Return the time of the state to read. None means the current state."""
        behind = 0 if is_consistent else self._staleness()
        return self._clock() - behind if behind else None

    def _read(self, key: Key, time_ms: int | None) -> tuple[Item | None, int]:
        return self.store.get(key) if time_ms is None else self.store.get_at(key, time_ms)

    # Writes

    def _write(self, kind: str, arguments: dict[str, Any]) -> dict[str, Any]:
        write, old = self._evaluate(kind, arguments)
        self.store.put(write.key, write.new, write.size)
        reply = self._reply(arguments, write.units)
        wanted = arguments.get("ReturnValues", "NONE")
        if wanted == "ALL_OLD" and old is not None:
            reply["Attributes"] = dict(old)
        elif wanted == "ALL_NEW" and write.new is not None:
            reply["Attributes"] = dict(write.new)
        elif wanted == "UPDATED_NEW" and write.new is not None:
            changed = targets(arguments)
            reply["Attributes"] = {name: write.new[name] for name in changed if name in write.new}
        return reply

    def _evaluate(self, kind: str, request: dict[str, Any]) -> tuple[Write, Item | None]:
        key = key_of(request["Item"] if kind == "Put" else request["Key"])
        old, old_size = self.store.get(key)
        return evaluate(kind, request, old, old_size), old

    def _transact(self, arguments: dict[str, Any]) -> dict[str, Any]:
        token, content = arguments.get("ClientRequestToken"), repr(arguments["TransactItems"])
        used_at, used_for = self._tokens.get(token, (0, None))
        if used_for is not None and self._clock() - used_at < TOKEN_LIFETIME_MS:
            if used_for != content:
                code = "IdempotentParameterMismatchException"
                raise client_error("TransactWriteItems", code, "the token has other content")
            return self._reply(arguments, 0, is_list=True)
        requests = [pair for entry in arguments["TransactItems"] for pair in entry.items()]
        keys = [key_of(request.get("Item") or request["Key"]) for _, request in requests]
        if len(set(keys)) < len(keys):
            raise InvalidRequest("a transaction cannot include several operations on one item")
        writes = self._evaluate_all(requests)
        for write in writes:
            self.store.put(write.key, write.new, write.size)
        if token:
            self._tokens[token] = self._clock(), content
        return self._reply(arguments, 2 * sum(write.units for write in writes), is_list=True)

    def _evaluate_all(self, requests: list[tuple[str, dict[str, Any]]]) -> list[Write]:
        """Evaluate the writes of a transaction. Raises ClientError if one of them fails."""
        writes, reasons = [], []
        for kind, request in requests:
            try:
                writes.append(self._evaluate(kind, request)[0])
                reasons.append({"Code": "None"})
            except ConditionFailed as failed:
                reason = {"Code": "ConditionalCheckFailed", "Message": "condition failed"}
                reasons.append(reason | _old_item(request, failed))
            except InvalidRequest as error:
                reasons.append({"Code": "ValidationError", "Message": str(error)})
        if len(writes) < len(reasons):
            code = "TransactionCanceledException"
            raise client_error("TransactWriteItems", code, "cancelled", CancellationReasons=reasons)
        return writes

    def _reply(
        self, arguments: dict[str, Any], units: float, *, is_list: bool = False
    ) -> dict[str, Any]:
        if arguments.get("ReturnConsumedCapacity", "NONE") == "NONE":
            return {}
        consumed = {"TableName": self._name, "CapacityUnits": float(units)}
        return {"ConsumedCapacity": [consumed] if is_list else consumed}


def _read_units(size: int, is_consistent: bool) -> float:
    return max(1, ceil(size / 4096)) * (1 if is_consistent else 0.5)


def _old_item(request: dict[str, Any], failed: ConditionFailed) -> dict[str, Any]:
    wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return {"Item": failed.item} if wanted and failed.item is not None else {}
