"""What the model of the table must have in common with real engines: calls, case by case.

A case is some calls on an empty table; test_table_model.py compares all answers. Capacity is asked
for in each call. `unlike` names the engines that are known to answer in another way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Call = tuple[str, dict[str, Any]]
MINISTACK = "ministack"
DYNAMODB_LOCAL = "DynamoDB Local"


@dataclass(frozen=True)
class Case:
    """Some calls, in order; `unlike` says of an engine why its answers differ."""

    name: str
    calls: tuple[Call, ...]
    unlike: Mapping[str, str] = field(default_factory=dict)


def key(sk: str = "a", pk: str = "p") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def n(value: object) -> dict[str, Any]:
    return {"N": str(value)}


def _named(options: dict[str, Any]) -> dict[str, Any]:
    """`names` and `values` by the names of the API."""
    renamed = {
        "names": "ExpressionAttributeNames",
        "values": "ExpressionAttributeValues",
        "only_if": "ConditionExpression",
        "returning": "ReturnValues",
    }
    return {renamed.get(name, name): held for name, held in options.items()}


def put(
    sk: str = "a", *, pk: str = "p", item: Mapping[str, Any] | None = None, **more: Any
) -> Call:
    return "PutItem", {"Item": {**key(sk, pk), **(item or {})}, **_named(more)}


def update(text: str | None, sk: str = "a", *, pk: str = "p", **more: Any) -> Call:
    expression = {} if text is None else {"UpdateExpression": text}
    return "UpdateItem", {"Key": key(sk, pk), **expression, **_named(more)}


def delete(sk: str = "a", **more: Any) -> Call:
    return "DeleteItem", {"Key": key(sk), **_named(more)}


def get(sk: str = "a", *, consistent: bool = True, **more: Any) -> Call:
    return "GetItem", {"Key": key(sk), "ConsistentRead": consistent, **_named(more)}


def query(text: str = "pk = :p", *, consistent: bool = True, **more: Any) -> Call:
    options = _named(more)
    values = {":p": {"S": "p"}, **options.pop("ExpressionAttributeValues", {})}
    return "Query", {
        "KeyConditionExpression": text,
        "ExpressionAttributeValues": values,
        "ConsistentRead": consistent,
        **options,
    }


def batch_get(sks: Iterable[str], *, consistent: bool = True, **more: Any) -> Call:
    request = {"Keys": [key(sk) for sk in sks], "ConsistentRead": consistent, **_named(more)}
    return "BatchGetItem", {"RequestItems": {"": request}}


def transact(*writes: Call, token: str | None = None) -> Call:
    kinds = {
        "PutItem": "Put",
        "UpdateItem": "Update",
        "DeleteItem": "Delete",
        "Check": "ConditionCheck",
    }
    items = [{kinds[operation]: arguments} for operation, arguments in writes]
    return "TransactWriteItems", {
        "TransactItems": items,
        **({} if token is None else {"ClientRequestToken": token}),
    }


def check(only_if: str, sk: str = "a", **more: Any) -> Call:
    return "Check", {"Key": key(sk), "ConditionExpression": only_if, **_named(more)}


def case(name: str, *calls: Call, **unlike: str) -> Case:
    return Case(name, calls, {_ENGINES[engine]: reason for engine, reason in unlike.items()})


_ENGINES = {"ministack": MINISTACK, "local": DYNAMODB_LOCAL}
_OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
_ONE = {":n": n(1)}
_KB = "x" * 1024

CASES = (
    # Conditions
    case("a put on an absent key passes attribute_not_exists", put(only_if="attribute_not_exists(pk)"), get()),
    case("a put on a present key is refused", put(), put(only_if="attribute_not_exists(pk)"), get()),
    case("a refused put changes nothing", put(item={"c": n(1)}), put(item={"c": n(2)}, only_if="c = :n", values={":n": n(7)}), get()),
    case("a refused write hands back what is there, where it is asked to", put(item={"c": n(1)}), put(only_if="attribute_not_exists(pk)", **_OLD)),
    case("a comparison with an absent attribute does not hold", put(), *(put(only_if=f"c {sign} :n", values=_ONE) for sign in ("=", "<", "<=", ">", ">="))),
    case("an absent attribute is unlike any value", put(), put(item={"d": n(1)}, only_if="c <> :n", values=_ONE), get()),
    case("values of two types are never equal", put(item={"c": {"S": "1"}}), put(only_if="c = :n", values=_ONE), put(only_if="c <> :n", values=_ONE)),
    case("values of two types have no order", put(item={"c": {"S": "1"}}), put(only_if="c < :n", values=_ONE), put(only_if="c >= :n", values=_ONE)),
    case("numbers are compared as numbers", put(item={"c": n(9)}), put(item={"c": n(10)}, only_if="c < :n", values={":n": n(10)}), put(only_if="c = :n", values={":n": n("10.0")})),
    case("texts are compared by their bytes", put(item={"c": {"S": "é"}}), put(item={"c": {"S": "z"}}, only_if="c > :n", values={":n": {"S": "z"}}), put(only_if="c < :n", values={":n": {"S": "Z"}})),
    case("bytes are compared as unsigned", put(item={"c": {"B": b"\xff"}}), put(only_if="c > :n", values={":n": {"B": b"\x01"}})),
    case("or holds where one side does", put(item={"c": n(3)}), put(item={"c": n(4)}, only_if="attribute_not_exists(c) OR c < :n", values={":n": n(4)}), put(only_if="(attribute_not_exists(#c) OR #c < :n)", names={"#c": "c"}, values={":n": n(4)}), get()),
    case("and binds closer than or", put(item={"c": n(1)}), put(item={"c": n(2)}, only_if="c = :n OR c = :n AND attribute_exists(d)", values=_ONE), get()),
    case("not turns a condition round", put(), put(only_if="NOT attribute_exists(c)"), put(only_if="NOT attribute_exists(pk)")),
    case("between takes both ends", put(item={"c": n(5)}), put(item={"c": n(5)}, only_if="c BETWEEN :n AND :m", values={":n": n(5), ":m": n(6)}), put(only_if="c BETWEEN :n AND :m", values={":n": n(1), ":m": n(4)})),
    case("in takes any of a list", put(item={"c": n(2)}), put(item={"c": n(3)}, only_if="c IN (:n, :m)", values={":n": n(1), ":m": n(2)}), put(only_if="c IN (:n)", values=_ONE)),
    case("begins_with and contains look into texts", put(item={"c": {"S": "voice"}}), put(item={"c": {"S": "voice"}}, only_if="begins_with(c, :n)", values={":n": {"S": "vo"}}), put(only_if="contains(c, :n)", values={":n": {"S": "xx"}})),
    case("size is that of a text in characters", put(item={"c": {"S": "é"}}), put(item={"c": {"S": "é"}}, only_if="size(c) = :n", values=_ONE)),
    case("attribute_type tells types apart", put(item={"c": n(1)}), put(item={"c": n(1)}, only_if="attribute_type(c, :n)", values={":n": {"S": "N"}}), put(only_if="attribute_type(c, :n)", values={":n": {"S": "S"}})),
    case("a name that no expression uses is an error", put(only_if="attribute_not_exists(pk)", names={"#x": "x"})),
    case("a value that no expression uses is an error", put(only_if="attribute_not_exists(pk)", values=_ONE)),
    case("a value that is not given is an error", put(only_if="c = :n")),
    case("an expression that cannot be read is an error", put(only_if="c ==")),
    case("a delete on a condition", put(item={"c": n(1)}), delete(only_if="c = :n", values={":n": n(2)}), delete(only_if="c = :n", values=_ONE, returning="ALL_OLD"), get()),
    case("a delete of nothing succeeds", delete(), get()),
    # Updates
    case("ADD makes an absent item, with its keys", update("ADD c :n", values=_ONE), get()),
    case("ADD to an absent attribute counts from nothing", put(), update("ADD c :n", values={":n": n(-2)}), get()),
    case("ADD counts on, and tells the new value", put(item={"c": n(5)}), update("ADD c :n", values=_ONE, returning="UPDATED_NEW"), update("ADD c :n", values=_ONE, returning="ALL_NEW")),
    case("ADD to a text is an error", put(item={"c": {"S": "5"}}), update("ADD c :n", values=_ONE), get()),
    case("ADD of a text is an error", update("ADD c :n", values={":n": {"S": "5"}})),
    case("ADD and SET in one update, on a condition that holds once", *[update("SET a = :a ADD c :n", only_if="attribute_not_exists(a) OR a < :a", values={":a": n(7), ":n": n(1)}, returning="ALL_NEW")] * 2, get()),
    case("a refused update makes no item", update("ADD c :n", only_if="attribute_exists(pk)", values=_ONE), get()),
    case("an update of an absent item sees no attributes", update("SET c = :n", only_if="attribute_not_exists(c)", values=_ONE), get()),
    case("SET with if_not_exists and a sum", update("SET c = if_not_exists(c, :z) + :n", values={":z": n(10), ":n": n(1)}), update("SET c = c - :n", values=_ONE), get()),
    case("SET of an absent attribute's sum is an error", put(), update("SET c = c + :n", values=_ONE)),
    case("SET sees the item as it was before", put(item={"c": n(1), "d": n(2)}), update("SET c = d, d = c"), get()),
    case("REMOVE of what is there, and of what is not", put(item={"c": n(1), "d": n(2)}), update("REMOVE c, e"), get()),
    case("an update may not change a key", put(), update("SET sk = :n", values={":n": {"S": "b"}})),
    case("an update without an expression makes an item", update(None), get()),
    case("ADD and DELETE on sets", update("ADD c :n", values={":n": {"SS": ["x"]}}), update("ADD c :n", values={":n": {"SS": ["x", "y"]}}), update("DELETE c :n", values={":n": {"SS": ["x"]}}), get(), update("DELETE c :n", values={":n": {"SS": ["y"]}}), get()),
    # Numbers and sizes
    case("a number of 38 digits is kept", put(item={"c": n("9" * 38)}), get()),
    case("a number of 39 digits is an error", put(item={"c": n("1" + "0" * 37 + "1")})),
    case("a count that grows beyond 38 digits is an error", put(item={"c": n("9" * 38)}), update("ADD c :n", values={":n": n("0.1")}), get(), ministack="rounds it"),
    case("numbers come back in their shortest form", put(item={"c": n("007"), "d": n("1.50"), "e": n("-0")}), get()),
    case("a number too large or too small is an error", put(item={"c": n("1E126")}), put(item={"c": n("1E-131")})),
    case("what is no number is an error", put(item={"c": n("one")}), put(item={"c": n("NaN")})),
    case("an item of 400 KB is taken", put(item={"c": {"B": b"x" * (409_600 - 7)}})),
    case("an item of a byte more is an error", put(item={"c": {"B": b"x" * (409_600 - 6)}}), get()),
    case("an update beyond 400 KB is an error, and changes nothing", put(item={"c": {"B": b"x" * 409_000}}), update("SET d = :n", values={":n": {"B": b"x" * 2000}}), get(ProjectionExpression="d")),
    case("an empty text is a value, but no key", put(item={"c": {"S": ""}}), put(sk=""), get()),
    case("keys may be 2048 and 1024 bytes long", put(pk="p" * 2048, sk="s" * 1024), put(pk="p" * 2049), put(sk="s" * 1025)),
    # Reads
    case("an absent item has no answer but its cost", get(), get(consistent=False)),
    case("a projection leaves out the rest, at the same cost", put(item={"c": n(1), "d": {"S": _KB * 5}}), get(ProjectionExpression="c"), get(ProjectionExpression="#c, x", names={"#c": "c"})),
    case("a page ends at its limit, and tells where", *(put(str(number)) for number in range(4)), query(Limit=2), query(Limit=2, ExclusiveStartKey=key("1")), query(Limit=2, ExclusiveStartKey=key("3"))),
    case("a page that ends with the last item still tells where", put("0"), put("1"), query(Limit=2)),
    case("a query in descending order", *(put(str(number)) for number in range(3)), query(ScanIndexForward=False, Limit=2), query(ScanIndexForward=False, ExclusiveStartKey=key("1"))),
    case("a query between two sort keys takes both ends", *(put(str(number)) for number in range(5)), query("pk = :p AND sk BETWEEN :a AND :b", values={":a": {"S": "1"}, ":b": {"S": "3"}})),
    case("a query after and before a sort key", *(put(str(number)) for number in range(4)), query("pk = :p AND sk > :a", values={":a": {"S": "1"}}), query("pk = :p AND sk < :a", values={":a": {"S": "1"}})),
    case("a query of a prefix", put("a#1"), put("a#2"), put("b#1"), query("pk = :p AND begins_with(sk, :a)", values={":a": {"S": "a#"}})),
    case("sort keys are ordered by their bytes", *(put(sk) for sk in ("\uffff", "\U0001f600", "Z", "a", "é")), query()),
    case("a query sees its partition only", put("1"), put("2", pk="q"), query()),
    case("an empty query has its cost", query(), query(consistent=False)),
    case("a page ends after a megabyte", *(put(str(number), item={"c": {"B": b"x" * 300_000}}) for number in range(5)), query(ProjectionExpression="sk"), query(ProjectionExpression="sk", ExclusiveStartKey=key("3")), ministack="ends before the item that crosses it"),
    case("a batch of reads leaves out what is absent, and costs item by item", put("1"), put("2", item={"c": {"S": _KB * 5}}), batch_get(["1", "2", "3"]), batch_get(["1", "2"], consistent=False, ProjectionExpression="sk")),
    case("a batch of reads may not name a key twice", batch_get(["1", "1"])),
    case("a batch of reads takes a hundred keys", batch_get([str(number) for number in range(100)]), batch_get([str(number) for number in range(101)])),
    # Cost
    case("a write costs a unit for each KB begun", put(), put("b", item={"c": {"S": "x" * (1024 - 6)}}), put("c", item={"c": {"S": "x" * (1024 - 4)}}), put("d", item={"c": {"S": _KB * 9}})),
    case("a write costs the larger of old and new", put(item={"c": {"S": _KB * 3}}), put(), put(item={"c": {"S": _KB * 2}})),
    case("a delete costs what it deletes", put(item={"c": {"S": _KB * 3}}), delete(), delete()),
    case("a read costs a unit for each 4 KB begun, or half of it", put(item={"c": {"S": _KB * 9}}), get(), get(consistent=False), query(), query(consistent=False)),
    case("a query costs the sum of what it reads", *(put(str(number), item={"c": {"S": _KB}}) for number in range(6)), query(), query(Limit=2)),
    # Transactions
    case("a transaction writes all, at twice the cost", transact(put("1"), update("ADD c :n", "2", values=_ONE)), query()),
    case("a cancelled transaction writes nothing, and says why of each", put("2"), transact(put("1"), put("2", only_if="attribute_not_exists(pk)")), query()),
    case("a cancelled transaction hands back what is there, where it is asked to", put("1", item={"c": n(7)}), transact(put("1", only_if="attribute_not_exists(pk)", **_OLD), put("2"))),
    case("a check of a condition writes nothing", put("1"), transact(check("attribute_exists(pk)", "1"), put("2")), transact(check("attribute_not_exists(pk)", "1"), put("3")), query()),
    case("a transaction may not touch an item twice", transact(put("1"), delete("1"))),
    case("an error within a transaction cancels it", put("1", item={"c": {"S": "x"}}), transact(update("ADD c :n", "1", values=_ONE), put("2")), query(), local="refuses it as a whole"),
    case("a transaction sent again with its token is made once", *[transact(update("ADD c :n", values=_ONE), token="token-1")] * 2, get()),
    case("a token cannot be used for another transaction", transact(put("1"), token="token-2"), transact(put("2"), token="token-2"), query()),
    case("a delete in a transaction, on a condition", put("1"), transact(delete("1", only_if="attribute_exists(pk)"), update("ADD c :n", "2", values={":n": n(-1)})), query()),
)  # fmt: skip
