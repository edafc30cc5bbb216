"""A model of a DynamoDB table, at the place of botocore's client: one call at a time, in memory.

`cases.py` holds what it must have in common with real engines, and test_table_model.py compares.
What a real table leaves open (how old an eventual read is, when an expired item goes) is asked of
the functions that it is given.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from botocore.exceptions import ClientError

from voices_tools.simulator import expressions
from voices_tools.simulator.expressions import (
    Invalid,
    Item,
    Scope,
    Value,
)
from voices_tools.simulator.items import (
    Key,
    key_of,
    projected,
    size_of,
)
from voices_tools.simulator.writes import (
    Refused,
    Write,
    judge,
    placeholders,
    targets,
)

LARGEST_PAGE = 1024 * 1024  # bytes of items that a Query reads in one call
MOST_GOT = 100  # keys of a BatchGetItem
TOKEN_MILLISECONDS = 10 * 60_000  # for which a transaction's token is remembered
REMEMBERED_MILLISECONDS = 10_000  # for which an eventual read may still see an old state
_STATES = 8  # of an item that are remembered at most
_NEVER = {"N": "99999999999999"}
_KEY_TERM = re.compile(r"([#\w]+) (=|<=?|>=?|BETWEEN) (:\w+)(?: AND (:\w+))?")
_WRITES = {"DeleteItem": "Delete", "PutItem": "Put", "UpdateItem": "Update"}


@dataclass(slots=True)
class Stored:
    """An item as it is, its size in bytes, and what it was: states with the moment of their end."""

    item: Item | None = None
    size: int = 0
    past: list[tuple[int, Item | None]] = field(default_factory=list)


class TableModel:
    """A table with the keys `pk` and `sk`, both text.

    `clock` gives milliseconds; `staleness` how many of them an eventual read is behind.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], int] = lambda: 0,
        staleness: Callable[[], int] = lambda: 0,
        name: str = "voices",
        largest_page: int = LARGEST_PAGE,
    ) -> None:
        self.clock = clock
        self.staleness = staleness
        self.largest_page = largest_page
        self._name = name
        self._stored: dict[Key, Stored] = {}
        self._sorted: dict[str, list[str]] = defaultdict(list)
        self._tokens: dict[str | None, tuple[int, str]] = {}
        # Told of each item that was written, and of what it was before.
        self.watch: Callable[[Key, Item | None, Item | None], None] = lambda key, old, new: None
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "BatchGetItem": self._batch_get,
            "GetItem": self._get,
            "Query": self._query,
            "TransactWriteItems": self._transact,
        }

    def call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """What botocore's client answers. Raises ClientError as it does."""
        try:
            if operation in _WRITES:
                return self._write(_WRITES[operation], arguments)
            return self._operations[operation](arguments)
        except Invalid as error:
            raise failure(operation, "ValidationException", str(error)) from None
        except Refused as refused:
            code = "ConditionalCheckFailedException"
            raise failure(operation, code, "no", **_handed_back(arguments, refused)) from None

    def item(self, pk: str, sk: str) -> Item | None:
        """What is stored now."""
        stored = self._stored.get((pk, sk))
        return stored.item if stored else None

    def items(self) -> Iterable[tuple[Key, Item]]:
        """All that is stored now."""
        for key, stored in self._stored.items():
            if stored.item is not None:
                yield key, stored.item

    def expired(self, attribute: str) -> list[Key]:
        """The items that the table's TTL may delete, now or later."""
        now = self.clock() / 1000
        return [key for key, item in self.items() if now > int(item.get(attribute, _NEVER)["N"])]

    def delete(self, key: Key) -> None:
        """As the table's TTL does it."""
        self._put(Write(key, None, 0, 0))

    # Reads

    def _get(self, arguments: dict[str, Any]) -> dict[str, Any]:
        key, consistent = key_of(arguments["Key"]), arguments.get("ConsistentRead", False)
        found, size = self._read(key, self._moment(consistent))
        answer = self._answer(arguments, _read_units(size, consistent))
        if found is not None:
            answer["Item"] = projected(found, arguments)
        return answer

    def _batch_get(self, arguments: dict[str, Any]) -> dict[str, Any]:
        ((table, request),) = arguments["RequestItems"].items()
        keys = [key_of(key) for key in request["Keys"]]
        if len(keys) > MOST_GOT:
            raise Invalid("too many items requested for the BatchGetItem call")
        if len(set(keys)) < len(keys):
            raise Invalid("provided list of item keys contains duplicates")
        consistent = request.get("ConsistentRead", False)
        moment = self._moment(consistent)
        items, units = [], 0.0
        for key in keys:
            found, size = self._read(key, moment)
            if found is not None:
                units += _read_units(size, consistent)
                items.append(projected(found, request))
        return self._answer(arguments, units, listed=True) | {
            "Responses": {table: items},
            "UnprocessedKeys": {},
        }

    def _query(self, arguments: dict[str, Any]) -> dict[str, Any]:
        consistent = arguments.get("ConsistentRead", False)
        moment = self._moment(consistent)
        keys = self.keys(arguments)
        limit = arguments.get("Limit", len(keys) + 1)
        if limit < 1:
            raise Invalid("a Limit is at least 1")
        items: list[Item] = []
        read = 0
        last: Key | None = None
        for key in keys:
            found, size = self._read(key, moment)
            if found is None:
                continue
            read += size
            items.append(projected(found, arguments))
            if len(items) >= limit or read > self.largest_page:
                last = key
                break
        units = _read_units(read, consistent) if items else 0
        answer = self._answer(arguments, units)
        answer |= {"Items": items, "Count": len(items), "ScannedCount": len(items)}
        if last is not None:
            answer["LastEvaluatedKey"] = {"pk": {"S": last[0]}, "sk": {"S": last[1]}}
        return answer

    def keys(self, arguments: dict[str, Any]) -> list[Key]:
        """The keys that a Query looks at, in its order, those of items deleted lately included."""
        if "FilterExpression" in arguments or "IndexName" in arguments:
            raise NotImplementedError("the model knows neither filters nor indexes")
        condition = arguments["KeyConditionExpression"]
        names, values = placeholders(arguments)
        pk, lower, upper = _span(condition, names, values)
        known = self._sorted.get(pk, [])
        chosen = known[bisect_left(known, lower) : bisect_right(known, upper)]
        holds = expressions.condition(condition).holds
        forward = arguments.get("ScanIndexForward", True)
        start = arguments.get("ExclusiveStartKey")
        keys = []
        for sk in chosen if forward else reversed(chosen):
            if start and (sk <= start["sk"]["S"] if forward else sk >= start["sk"]["S"]):
                continue
            if holds(Scope({"pk": {"S": pk}, "sk": {"S": sk}}, names, values)):
                keys.append((pk, sk))
        return keys

    def _moment(self, consistent: bool) -> int | None:
        behind = 0 if consistent else self.staleness()
        return self.clock() - behind if behind else None

    def _read(self, key: Key, moment: int | None) -> tuple[Item | None, int]:
        stored = self._stored.get(key)
        if stored is None:
            return None, 0
        if moment is not None:
            for end, item in stored.past:
                if moment < end:
                    return item, size_of(item) if item else 0
        return stored.item, stored.size

    # Writes

    def _write(self, kind: str, arguments: dict[str, Any]) -> dict[str, Any]:
        write, old = self._judge(kind, arguments)
        self._put(write)
        answer = self._answer(arguments, write.units)
        wanted = arguments.get("ReturnValues", "NONE")
        if wanted == "ALL_OLD" and old is not None:
            answer["Attributes"] = dict(old)
        elif wanted == "ALL_NEW" and write.new is not None:
            answer["Attributes"] = dict(write.new)
        elif wanted == "UPDATED_NEW" and write.new is not None:
            changed = targets(arguments)
            answer["Attributes"] = {name: write.new[name] for name in changed if name in write.new}
        return answer

    def _judge(self, kind: str, request: dict[str, Any]) -> tuple[Write, Item | None]:
        stored = self._stored.get(key_of(request["Item"] if kind == "Put" else request["Key"]))
        old, size = (stored.item, stored.size) if stored else (None, 0)
        return judge(kind, request, old, size), old

    def _transact(self, arguments: dict[str, Any]) -> dict[str, Any]:
        token, content = arguments.get("ClientRequestToken"), repr(arguments["TransactItems"])
        at, known = self._tokens.get(token, (0, None))
        if known is not None and self.clock() - at < TOKEN_MILLISECONDS:
            if known != content:
                code = "IdempotentParameterMismatchException"
                raise failure("TransactWriteItems", code, "another content")
            return self._answer(arguments, 0, listed=True)
        requests = [pair for entry in arguments["TransactItems"] for pair in entry.items()]
        keys = [key_of(request.get("Item") or request["Key"]) for _, request in requests]
        if len(set(keys)) < len(keys):
            raise Invalid("transaction request cannot include multiple operations on one item")
        writes = self._judge_all(requests)
        for write in writes:
            self._put(write)
        if token:
            self._tokens[token] = self.clock(), content
        return self._answer(arguments, 2 * sum(write.units for write in writes), listed=True)

    def _judge_all(self, requests: list[tuple[str, dict[str, Any]]]) -> list[Write]:
        """Raises ClientError where one of them cannot be made."""
        writes, reasons = [], []
        for kind, request in requests:
            try:
                writes.append(self._judge(kind, request)[0])
                reasons.append({"Code": "None"})
            except Refused as refused:
                reason = {"Code": "ConditionalCheckFailed", "Message": "no"}
                reasons.append(reason | _handed_back(request, refused))
            except Invalid as error:
                reasons.append({"Code": "ValidationError", "Message": str(error)})
        if len(writes) < len(reasons):
            code = "TransactionCanceledException"
            raise failure("TransactWriteItems", code, "cancelled", CancellationReasons=reasons)
        return writes

    def _put(self, write: Write) -> None:
        stored = self._stored.get(write.key)
        if stored is None:
            if write.new is None:
                return
            stored = self._stored[write.key] = Stored()
            insort(self._sorted[write.key[0]], write.key[1])
        old, now = stored.item, self.clock()
        stored.past = [
            (end, item) for end, item in stored.past if end > now - REMEMBERED_MILLISECONDS
        ][1 - _STATES :]
        stored.past.append((now, old))
        stored.item = write.new
        stored.size = write.size
        self.watch(write.key, old, write.new)

    def _answer(
        self, arguments: dict[str, Any], units: float, *, listed: bool = False
    ) -> dict[str, Any]:
        if arguments.get("ReturnConsumedCapacity", "NONE") == "NONE":
            return {}
        consumed = {"TableName": self._name, "CapacityUnits": float(units)}
        return {"ConsumedCapacity": [consumed] if listed else consumed}


def failure(operation: str, code: str, message: str, **more: Any) -> ClientError:
    """What botocore raises for an answer that is an error."""
    status = 500 if code == "InternalServerError" else 400
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(response, operation)


def _read_units(size: int, consistent: bool) -> float:
    return max(1, ceil(size / 4096)) * (1 if consistent else 0.5)


def _handed_back(request: dict[str, Any], refused: Refused) -> dict[str, Any]:
    wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return {"Item": refused.item} if wanted and refused.item is not None else {}


def _span(text: str, names: Mapping[str, str], values: Mapping[str, Value]) -> tuple[str, str, str]:
    """The partition that a key condition names, and the sort keys between which it looks."""
    partition: str | None = None
    lower, upper = "", "\U0010ffff" * 8
    for name, operator, value, above in _KEY_TERM.findall(text):
        held = values[value]["S"]
        if names.get(name, name) == "pk" and operator == "=":
            partition = held
        elif operator in {">", ">=", "="}:
            lower = held
        elif operator == "BETWEEN":
            lower, upper = held, values[above]["S"]
        if operator in {"<", "<=", "="} and names.get(name, name) == "sk":
            upper = held
    if partition is None:
        raise Invalid("query condition missed key schema element")
    return partition, lower, upper
