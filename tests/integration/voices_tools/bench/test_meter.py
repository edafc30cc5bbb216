"""The meter counts the capacity units that DynamoDB charges, and does not change the replies."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.deployment import Deployment
from voices_tools.bench.meter import Consumption, Meter
from voices_tools.local.emulator import Emulator

KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}  # 6 bytes


@pytest.fixture
def client(local_emulator: Emulator) -> Any:
    """A DynamoDB client whose calls the meter counts."""
    return local_emulator.client("dynamodb")


@pytest.fixture
def meter(client: Any) -> Meter:
    return Meter(client)


@pytest.fixture
def name(deployment: Deployment) -> str:
    """The name of an empty table."""
    return deployment.name


def item(size: int, sk: str = "b", **more: Any) -> dict[str, Any]:
    """An item of `size` bytes, plus the attributes in `more`."""
    return KEY | {"sk": {"S": sk}, "b": {"B": bytes(size - 7)}} | more


def test_write_costs_the_larger_of_old_and_new_item(client: Any, meter: Meter, name: str) -> None:
    client.put_item(TableName=name, Item=item(1024))
    assert meter.total == Consumption(calls=1, write_units=1)
    client.put_item(TableName=name, Item=item(3000))
    assert meter.total == Consumption(calls=2, write_units=1 + 3)
    client.put_item(TableName=name, Item=item(1000))
    assert meter.total == Consumption(calls=3, write_units=4 + 3)


def test_update_costs_the_whole_item(client: Any, meter: Meter, name: str) -> None:
    client.put_item(TableName=name, Item=item(3000))
    for _ in range(2):
        client.update_item(
            TableName=name,
            Key=KEY,
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    assert meter.total == Consumption(calls=3, write_units=3 + 3 + 3)


@pytest.mark.parametrize(("sizes", "units"), [((100, 100), 1), ((5000, 100), 5), ((9, 5000), 5)])
def test_refused_put_costs_the_larger_of_both_items(
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
    assert meter.total - before == Consumption(calls=1, write_units=units, refused_units=units)


def test_refused_update_costs_the_stored_item(client: Any, meter: Meter, name: str) -> None:
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
    assert meter.total - before == Consumption(calls=1, write_units=3, refused_units=3)


def test_transaction_costs_double_even_if_refused(client: Any, meter: Meter, name: str) -> None:
    puts = [{"Put": {"TableName": name, "Item": item(1500, sk)}} for sk in "bc"]
    client.transact_write_items(TransactItems=puts)
    assert meter.total == Consumption(calls=1, write_units=8)
    puts[1]["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=puts)
    assert meter.total == Consumption(calls=2, write_units=16, refused_units=8)


@pytest.mark.parametrize(("is_consistent", "part"), [(True, 1), (False, 0.5)])
class TestReading:
    """A read costs 1 RCU for each 4 KiB, rounded up.

    An eventually consistent read costs half as much.
    """

    @pytest.fixture(autouse=True)
    def items(self, client: Any, name: str) -> None:
        for number, size in enumerate([5000, 3000, 2000]):
            content = item(size - 2, f"{number}", n={"N": "0"})
            client.put_item(TableName=name, Item=content)

    def test_item_costs_its_whole_size(
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
        assert meter.total == Consumption(calls=1, read_units=2 * part)

    def test_missing_item_costs_as_much_as_a_small_item(
        self, client: Any, meter: Meter, name: str, is_consistent: bool, part: float
    ) -> None:
        client.get_item(TableName=name, Key=KEY, ConsistentRead=is_consistent)
        assert meter.total == Consumption(calls=1, read_units=part)

    def test_query_rounds_up_the_sum_of_items(
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
        assert meter.total == Consumption(calls=1, read_units=3 * part)  # 10,000 bytes

    def test_empty_query_costs_as_much_as_a_small_item(
        self, client: Any, meter: Meter, name: str, is_consistent: bool, part: float
    ) -> None:
        client.query(
            TableName=name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "none"}},
            ConsistentRead=is_consistent,
        )
        assert meter.total == Consumption(calls=1, read_units=part)

    def test_batch_read_rounds_up_each_item(
        self, client: Any, meter: Meter, name: str, is_consistent: bool, part: float
    ) -> None:
        keys = [KEY | {"sk": {"S": sk}} for sk in ("0", "1", "2", "none")]
        client.batch_get_item(RequestItems={name: {"Keys": keys, "ConsistentRead": is_consistent}})
        assert meter.total == Consumption(calls=1, read_units=(2 + 1 + 1 + 1) * part)


def test_call_without_known_price_is_an_error(client: Any, meter: Meter, name: str) -> None:
    with pytest.raises(NotImplementedError):
        client.scan(TableName=name)
