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

from tests.simulation import expressions
from tests.simulation.expressions import Invalid, Item, Scope, Value

LARGEST_ITEM = 400 * 1024  # bytes
LARGEST_PAGE = 1024 * 1024  # bytes of items that a Query reads in one call
MOST_GOT = 100  # keys of a BatchGetItem
TOKEN_MILLISECONDS = 10 * 60_000  # for which a transaction's token is remembered
REMEMBERED_MILLISECONDS = 10_000  # for which an eventual read may still see an old state

Key = tuple[str, str]


@dataclass(slots=True)
class Stored:
    """An item as it is, its size in bytes, and what it was: states with the moment of their end."""

    item: Item | None = None
    size: int = 0
    past: list[tuple[int, Item | None]] = field(default_factory=list)


class Refused(Exception):
    """A condition that did not hold; `item` is what is stored."""

    def __init__(self, item: Item | None) -> None:
        super().__init__()
        self.item = item


@dataclass(slots=True)
class Write:
    """A write that has passed its condition, and what it consumes."""

    key: Key
    new: Item | None
    units: int


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
        self._tokens: dict[str, tuple[int, str]] = {}
        # Told of each item that was written, and of what it was before.
        self.watch: Callable[[Key, Item | None, Item | None], None] = lambda key, old, new: None
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "BatchGetItem": self._batch_get,
            "DeleteItem": self._write,
            "GetItem": self._get,
            "PutItem": self._write,
            "Query": self._query,
            "TransactWriteItems": self._transact,
            "UpdateItem": self._write,
        }

    def call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """What botocore's client answers. Raises ClientError as it does."""
        try:
            return self._operations[operation](arguments)
        except Invalid as error:
            raise failure(operation, "ValidationException", str(error)) from None
        except Refused as refused:
            extra = {}
            if arguments.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and refused.item:
                extra = {"Item": refused.item}
            code = "ConditionalCheckFailedException"
            raise failure(operation, code, "The conditional request failed", **extra) from None

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
        self._put(Write(key, None, 0))

    # Reads

    def _get(self, arguments: dict[str, Any]) -> dict[str, Any]:
        key, consistent = key_of(arguments["Key"]), arguments.get("ConsistentRead", False)
        found, size = self._read(key, self._moment(consistent))
        answer = self._answer(arguments, _read_units(size, consistent))
        if found is not None:
            answer["Item"] = _projected(found, arguments)
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
            units += _read_units(size, consistent)
            if found is not None:
                items.append(_projected(found, request))
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
            items.append(_projected(found, arguments))
            if len(items) >= limit or read > self.largest_page:
                last = key
                break
        units = _read_units(read, consistent) if items else _read_units(0, consistent)
        answer = self._answer(arguments, units)
        answer |= {"Items": items, "Count": len(items), "ScannedCount": len(items)}
        if last is not None:
            answer["LastEvaluatedKey"] = {"pk": {"S": last[0]}, "sk": {"S": last[1]}}
        return answer

    def keys(self, arguments: dict[str, Any]) -> list[Key]:
        """The keys that a Query looks at, in its order, those of items deleted lately included."""
        if "FilterExpression" in arguments or "IndexName" in arguments:
            raise NotImplementedError("the model knows neither filters nor indexes")
        condition, names, values = _expression(arguments, "KeyConditionExpression")
        ((pk, lower, upper),) = [_span(str(condition), names, values)]
        known = self._sorted.get(pk, [])
        chosen = known[bisect_left(known, lower) : bisect_right(known, upper)]
        holds = expressions.condition(str(condition)).holds
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

    def _write(self, arguments: dict[str, Any]) -> dict[str, Any]:
        write, old = self._judge(arguments)
        self._put(write)
        answer = self._answer(arguments, write.units)
        wanted = arguments.get("ReturnValues", "NONE")
        if wanted == "ALL_OLD" and old is not None:
            answer["Attributes"] = dict(old)
        elif wanted == "ALL_NEW" and write.new is not None:
            answer["Attributes"] = dict(write.new)
        elif wanted == "UPDATED_NEW" and write.new is not None:
            names = _targets(arguments)
            answer["Attributes"] = {name: write.new[name] for name in names if name in write.new}
        return answer

    def _judge(self, request: dict[str, Any]) -> tuple[Write, Item | None]:
        """What a write would do, and what was there. Raises Invalid and Refused."""
        key = key_of(request["Item"] if "Item" in request else request["Key"])
        stored = self._stored.get(key)
        old = stored.item if stored else None
        size = stored.size if stored else 0
        text, names, values = _expression(request, "ConditionExpression", "UpdateExpression")
        if text is not None:
            compiled = expressions.condition(text)
            if not compiled.holds(Scope(old or {}, names, values)):
                raise Refused(old)
        new = self._new(key, request, old, names, values)
        new_size = size_of(new) if new is not None else 0
        if new_size > LARGEST_ITEM:
            raise Invalid("item size has exceeded the maximum allowed size")
        return Write(key, new, max(1, ceil(max(size, new_size) / 1024))), old

    def _new(
        self,
        key: Key,
        request: dict[str, Any],
        old: Item | None,
        names: Mapping[str, str],
        values: Mapping[str, Value],
    ) -> Item | None:
        if "Item" in request:
            return {name: _checked(value) for name, value in request["Item"].items()}
        text = request.get("UpdateExpression")
        if text is None:
            return old if "ConditionCheck" in request or "Update" in request else None
        compiled = expressions.update(text)
        for name in _targets(request):
            if name in {"pk", "sk"}:
                raise Invalid(f"cannot update attribute {name}: it is part of the key")
        new = {"pk": {"S": key[0]}, "sk": {"S": key[1]}} if old is None else dict(old)
        scope = Scope(dict(new), names, values)
        for change in compiled.changes:
            change(scope, new)
        return {name: _checked(value) for name, value in new.items()}

    def _transact(self, arguments: dict[str, Any]) -> dict[str, Any]:
        token, content = arguments.get("ClientRequestToken"), repr(arguments["TransactItems"])
        if token in self._tokens and self.clock() - self._tokens[token][0] < TOKEN_MILLISECONDS:
            if self._tokens[token][1] != content:
                raise failure(
                    "TransactWriteItems", "IdempotentParameterMismatchException", "another content"
                )
            return self._answer(arguments, 0, listed=True)
        requests = [request for entry in arguments["TransactItems"] for request in entry.values()]
        keys = [key_of(request.get("Item") or request["Key"]) for request in requests]
        if len(set(keys)) < len(keys):
            raise Invalid("transaction request cannot include multiple operations on one item")
        writes, reasons = [], []
        for request, entry in zip(requests, arguments["TransactItems"], strict=True):
            try:
                if "ConditionCheck" in entry:
                    request = request | {"ConditionCheck": True}
                writes.append(self._judge(request)[0])
                reasons.append({"Code": "None"})
            except Refused as refused:
                reasons.append(_reason(request, refused))
            except Invalid as error:
                reasons.append({"Code": "ValidationError", "Message": str(error)})
        if len(writes) < len(reasons):
            raise failure(
                "TransactWriteItems",
                "TransactionCanceledException",
                f"cancelled [{', '.join(reason['Code'] for reason in reasons)}]",
                CancellationReasons=reasons,
            )
        for write in writes:
            self._put(write)
        if token:
            self._tokens[token] = self.clock(), content
        return self._answer(arguments, 2 * sum(write.units for write in writes), listed=True)

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
        ][-7:]
        stored.past.append((now, old))
        stored.item = write.new
        stored.size = size_of(write.new) if write.new is not None else 0
        self.watch(write.key, old, write.new)

    def _answer(
        self, arguments: dict[str, Any], units: float, *, listed: bool = False
    ) -> dict[str, Any]:
        if arguments.get("ReturnConsumedCapacity", "NONE") == "NONE":
            return {}
        consumed = {"TableName": self._name, "CapacityUnits": float(units)}
        return {"ConsumedCapacity": [consumed] if listed else consumed}


_NEVER = {"N": "99999999999999"}


def failure(operation: str, code: str, message: str, **more: Any) -> ClientError:
    """What botocore raises for an answer that is an error."""
    status = 500 if code == "InternalServerError" else 400
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(response, operation)


def key_of(item: Mapping[str, Value]) -> Key:
    """The key of an item, or of a request. Raises Invalid."""
    try:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
    except KeyError:
        raise Invalid("the provided key element does not match the schema") from None
    if not pk or not sk:
        raise Invalid("a key attribute may not be empty")
    if len(pk.encode()) > 2048 or len(sk.encode()) > 1024:
        raise Invalid("a key attribute is too long")
    return pk, sk


def size_of(item: Mapping[str, Value]) -> int:
    """What DynamoDB counts of an item, in bytes."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Value) -> int:
    """What DynamoDB counts of a value: numbers take a byte for two digits, and one more."""
    ((kind, held),) = value.items()
    if kind == "S":
        return len(held) if held.isascii() else len(held.encode())
    if kind == "B":
        return len(held)
    if kind == "N":
        digits = held.lstrip("-").replace(".", "").strip("0")
        return (len(digits) + 1) // 2 + 1 + held.startswith("-")
    if kind == "L":
        return 3 + sum(1 + value_size(member) for member in held)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + value_size(each) for name, each in held.items())
    return sum(value_size({kind[0]: member}) for member in held) if kind in _SETS else 1


_SETS = frozenset({"SS", "NS", "BS"})


def _read_units(size: int, consistent: bool) -> float:
    return max(1, ceil(size / 4096)) * (1 if consistent else 0.5)


def _checked(value: Value) -> Value:
    ((kind, held),) = value.items()
    if kind == "N":
        return {"N": expressions.text_of(expressions.number(held))}
    if kind in _SETS and (not held or len(set(held)) < len(held)):
        raise Invalid("a set is empty or holds a member twice")
    return value


def _expression(
    request: dict[str, Any], text: str, *others: str
) -> tuple[str | None, Mapping[str, str], Mapping[str, Value]]:
    """An expression with its names and values. Raises Invalid where one of them is not used."""
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    used: set[str] = set()
    condition = request.get(text)
    if condition is not None:
        used |= expressions.condition(condition).used
    if (update := request.get("UpdateExpression")) is not None and others:
        used |= expressions.update(update).used
    if (projection := request.get("ProjectionExpression")) is not None:
        used.update(expressions.projection(projection))
    if not used >= names.keys() | values.keys():
        raise Invalid("a name or value is unused in expressions")
    return condition, names, values


def _targets(request: dict[str, Any]) -> list[str]:
    names = request.get("ExpressionAttributeNames") or {}
    return [names.get(name, name) for name in expressions.update(request["UpdateExpression"]).targets]


def _projected(item: Item, request: dict[str, Any]) -> Item:
    text = request.get("ProjectionExpression")
    if text is None:
        return dict(item)
    names = request.get("ExpressionAttributeNames") or {}
    wanted = [names.get(name, name) for name in expressions.projection(text)]
    return {name: item[name] for name in wanted if name in item}


def _reason(request: dict[str, Any], refused: Refused) -> dict[str, Any]:
    reason: dict[str, Any] = {
        "Code": "ConditionalCheckFailed",
        "Message": "The conditional request failed",
    }
    if request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and refused.item:
        reason["Item"] = refused.item
    return reason


def _span(
    text: str, names: Mapping[str, str], values: Mapping[str, Value]
) -> tuple[str, str, str]:
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


_KEY_TERM = re.compile(r"([#\w]+) (=|<=?|>=?|BETWEEN) (:\w+)(?: AND (:\w+))?")
