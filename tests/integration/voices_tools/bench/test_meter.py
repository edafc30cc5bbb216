"""The bench's meter shows what DynamoDB charges, and changes nothing of what a program sees."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.deployment import Deployment
from voices_tools.bench.meter import Meter, Units
from voices_tools.local.emulator import Emulator

KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}  # 6 bytes


@pytest.fixture
def client(local_emulator: Emulator) -> Any:
    """A client whose calls are counted."""
    return local_emulator.client("dynamodb")


@pytest.fixture
def meter(client: Any) -> Meter:
    return Meter(client)


@pytest.fixture
def name(deployment: Deployment) -> str:
    """An empty table."""
    return deployment.name


def item(size: int, sk: str = "b", **more: Any) -> dict[str, Any]:
    """An item of so many bytes, beside `more`."""
    return KEY | {"sk": {"S": sk}, "b": {"B": bytes(size - 7)}} | more


def test_a_write_takes_the_larger_of_before_and_after(client: Any, meter: Meter, name: str) -> None:
    client.put_item(TableName=name, Item=item(1024))
    assert meter.total == Units(calls=1, writes=1)
    client.put_item(TableName=name, Item=item(3000))
    assert meter.total == Units(calls=2, writes=1 + 3)
    client.put_item(TableName=name, Item=item(1000))
    assert meter.total == Units(calls=3, writes=4 + 3)


def test_an_update_takes_the_whole_item(client: Any, meter: Meter, name: str) -> None:
    client.put_item(TableName=name, Item=item(3000))
    for _ in range(2):
        client.update_item(
            TableName=name,
            Key=KEY,
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    assert meter.total == Units(calls=3, writes=3 + 3 + 3)


@pytest.mark.parametrize(("sizes", "units"), [((100, 100), 1), ((5000, 100), 5), ((9, 5000), 5)])
def test_a_refused_put_takes_the_larger_of_what_is_there_and_what_was_to_be(
    client: Any, meter: Meter, name: str, sizes: tuple[int, int], units: int
) -> None:
    stored, put = sizes
    client.put_item(TableName=name, Item=item(stored))
    before = meter.total
    with pytest.raises(ClientError) as refusal:
        client.put_item(
            TableName=name, Item=item(put), ConditionExpression="attribute_not_exists(pk)"
        )
    assert refusal.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert meter.total - before == Units(calls=1, writes=units, refused=units)


def test_a_refused_update_takes_what_is_there(client: Any, meter: Meter, name: str) -> None:
    client.put_item(TableName=name, Item=item(2500))
    before = meter.total
    with pytest.raises(ClientError):
        client.update_item(
            TableName=name,
            Key=KEY,
            UpdateExpression="SET n = :one",
            ConditionExpression="n = :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    assert meter.total - before == Units(calls=1, writes=3, refused=3)


def test_a_transaction_takes_twice_as_much_refused_or_not(
    client: Any, meter: Meter, name: str
) -> None:
    puts = [{"Put": {"TableName": name, "Item": item(1500, sk)}} for sk in "bc"]
    client.transact_write_items(TransactItems=puts)
    assert meter.total == Units(calls=1, writes=8)
    puts[1]["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=puts)
    assert meter.total == Units(calls=2, writes=16, refused=8)


@pytest.mark.parametrize(("is_consistent", "part"), [(True, 1), (False, 0.5)])
class TestReading:
    """By blocks of 4 KiB; half as much, if it need not be consistent."""

    @pytest.fixture(autouse=True)
    def items(self, client: Any, name: str) -> None:
        for number, size in enumerate([5000, 3000, 2000]):
            content = item(size - 2, f"{number}", n={"N": "0"})
            client.put_item(TableName=name, Item=content)

    def test_an_item_takes_its_whole_size(
        self, client: Any, meter: Meter, name: str, is_consistent: bool, part: float
    ) -> None:
        found = client.get_item(
            TableName=name,
            Key=KEY | {"sk": {"S": "0"}},
            ProjectionExpression="#n",
            ExpressionAttributeNames={"#n": "n"},
            ConsistentRead=is_consistent,
        )
        assert found["Item"] == {"n": {"N": "0"}}
        assert meter.total == Units(calls=1, reads=2 * part)

    def test_an_item_that_is_not_there_takes_one(
        self, client: Any, meter: Meter, name: str, is_consistent: bool, part: float
    ) -> None:
        client.get_item(TableName=name, Key=KEY, ConsistentRead=is_consistent)
        assert meter.total == Units(calls=1, reads=part)

    def test_a_query_rounds_up_what_it_looks_at_and_not_each_item(
        self, client: Any, meter: Meter, name: str, is_consistent: bool, part: float
    ) -> None:
        found = client.query(
            TableName=name,
            KeyConditionExpression="#pk = :pk AND #sk >= :sk",
            ProjectionExpression="#sk, #n",
            ExpressionAttributeNames={"#pk": "pk", "#sk": "sk", "#n": "n"},
            ExpressionAttributeValues={":pk": KEY["pk"], ":sk": {"S": "0"}},
            ConsistentRead=is_consistent,
        )
        assert found["Items"] == [{"sk": {"S": f"{n}"}, "n": {"N": "0"}} for n in range(3)]
        assert meter.total == Units(calls=1, reads=3 * part)  # 10,000 bytes

    def test_a_query_that_finds_nothing_takes_one(
        self, client: Any, meter: Meter, name: str, is_consistent: bool, part: float
    ) -> None:
        client.query(
            TableName=name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "none"}},
            ConsistentRead=is_consistent,
        )
        assert meter.total == Units(calls=1, reads=part)

    def test_a_batch_rounds_up_each_item(
        self, client: Any, meter: Meter, name: str, is_consistent: bool, part: float
    ) -> None:
        keys = [KEY | {"sk": {"S": sk}} for sk in ("0", "1", "2", "none")]
        client.batch_get_item(RequestItems={name: {"Keys": keys, "ConsistentRead": is_consistent}})
        assert meter.total == Units(calls=1, reads=(2 + 1 + 1 + 1) * part)


def test_what_cannot_be_priced_is_no_free_call(client: Any, meter: Meter, name: str) -> None:
    with pytest.raises(NotImplementedError):
        client.scan(TableName=name)
