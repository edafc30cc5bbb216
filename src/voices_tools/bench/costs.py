"""What the service costs on AWS: a million of each action, what runs while idle, three products.

Units of DynamoDB are those that `make bench` and `make bench-usage` print. Prices can be given:
`make costs ARGS=--help`. Free tiers are left out, except for Cognito's, without which the numbers
would mislead.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields

MILLION = 1_000_000
GIGABYTE = 1_000_000_000
MONTH = 30 * 86_400  # seconds

# Of the template: alarms, the names of metrics that an ordinary day sends, sizes of functions.
ALARMS = 13
METRICS = 5
API_GB, AGGREGATOR_GB = 1.0, 0.5
RETENTION_DAYS = 30  # of the usage log
BATCH, WINDOW, WRITERS = 1000, 2, 2  # messages, seconds, aggregators

# What a batch of uses takes of the table by its size: calls, read and write units a use.
COUNTING = {
    1: (8.77, 4.00, 4.77),
    10: (2.56, 1.30, 2.16),
    100: (1.63, 1.01, 1.63),
    1000: (1.07, 0.79, 1.10),
}
CALL_SECONDS = 0.006  # of a call to the table
CALLS_AT_ONCE = 8  # the aggregator's threads
USE_BYTES = 50  # of a use in the log
FAVORITE_BYTES, RECENTS_BYTES = 400, 2_000

# CloudWatch keeps a line of the API function, Lambda's own two of it, one of the gateway.
REQUEST_LOG_BYTES = 340 + 650 + 420 + 4 * 26
METRIC_LOG_BYTES = 205 + 26  # of a use, its metric too
BATCH_LOG_BYTES = 420 + 650 + 350 + 4 * 26
POLLS = 15 * 60 * 24 * 30  # of the queue in a month, while idle: five pollers, 20 seconds each


@dataclass(frozen=True)
class Prices:
    """Dollars, in us-east-1, as published in November 2025; functions on arm64."""

    gateway: float = 1.00  # a million requests to an HTTP API
    lambda_requests: float = 0.20  # a million
    lambda_gb_second: float = 0.0000133334
    read_units: float = 0.125  # a million, on demand
    write_units: float = 0.625  # a million, on demand
    table_gb: float = 0.25  # a month
    recovery_gb: float = 0.20  # a month, for 35 days back
    queue: float = 0.40  # a million requests
    log_gb: float = 0.50  # taken in
    log_gb_kept: float = 0.03  # a month
    traces: float = 5.00  # a million recorded
    metric: float = 0.30  # a month
    alarm: float = 0.10  # a month
    dashboard: float = 3.00  # a month
    traffic_gb: float = 0.09  # out to the internet
    pool_user: float = 0.015  # a month and active user of Cognito Essentials
    pool_users_free: float = 10_000


@dataclass(frozen=True)
class Action:
    """What one request takes; `seconds` of the function are an assumption, rounded up."""

    seconds: float
    answer_bytes: int
    read_units: float = 0
    write_units: float = 0
    messages: int = 0


ACTIONS = {
    "favorites": Action(0.015, 6_000, read_units=1),
    "popular": Action(0.012, 1_200, read_units=0.5),
    "recent": Action(0.012, 2_000, read_units=0.5),
    "add-favorite": Action(0.025, 900, write_units=4),
    "remove-favorite": Action(0.025, 500, write_units=4),
    "track-usage": Action(0.015, 450, messages=1),
}


@dataclass(frozen=True)
class Product:
    """A product, and what one of its users does in a month."""

    name: str
    users: int
    favorites_kept: int = 10
    visits: int = 8  # each reads favorites, recent and popular once
    changes: int = 3  # favorites added or removed
    uses: int = 60

    def actions(self) -> dict[str, float]:
        return {
            "favorites": self.users * self.visits,
            "popular": self.users * self.visits,
            "recent": self.users * self.visits,
            "add-favorite": self.users * self.changes * 2 / 3,
            "remove-favorite": self.users * self.changes / 3,
            "track-usage": self.users * self.uses,
        }


PRODUCTS = [
    Product("a prototype", 500),
    Product("a product", 20_000),
    Product("a large one", 1_000_000),
]
BUSY = 3  # times the mean: most uses happen in a part of the day


def of_action(price: Prices, action: Action, requests: float) -> dict[str, float]:
    """What requests of one action cost, traces and counting left out."""
    log_bytes = REQUEST_LOG_BYTES + (METRIC_LOG_BYTES if action.messages else 0)
    return {
        "gateway": requests / MILLION * price.gateway,
        "functions": requests / MILLION * price.lambda_requests
        + requests * action.seconds * API_GB * price.lambda_gb_second,
        "table": requests * of_units(price, action.read_units, action.write_units),
        "queue": requests * action.messages / MILLION * price.queue,
        "logs": requests * log_bytes / GIGABYTE * (price.log_gb + price.log_gb_kept),
        "traffic": requests * action.answer_bytes / GIGABYTE * price.traffic_gb,
    }


def of_counting(price: Prices, uses: float, size: float) -> dict[str, float]:
    """What it costs to count uses that come in batches of a size."""
    calls, read_units, write_units = units(size)
    batches = uses / size
    seconds = 0.005 * batches + uses * calls * CALL_SECONDS / min(CALLS_AT_ONCE, max(size, 1))
    received = 2 * max(uses / 10, batches)  # ten messages a request, taken and deleted
    return {
        "functions": batches / MILLION * price.lambda_requests
        + seconds * AGGREGATOR_GB * price.lambda_gb_second,
        "table": uses * of_units(price, read_units, write_units),
        "queue": received / MILLION * price.queue,
        "logs": batches * BATCH_LOG_BYTES / GIGABYTE * (price.log_gb + price.log_gb_kept),
    }


def of_units(price: Prices, read_units: float, write_units: float) -> float:
    return (read_units * price.read_units + write_units * price.write_units) / MILLION


def units(size: float) -> tuple[float, float, float]:
    """Calls, read and write units a use, between the measured sizes along their logarithm."""
    sizes = sorted(COUNTING)
    size = min(max(size, float(sizes[0])), float(sizes[-1]))
    upper = next(measured for measured in sizes if measured >= size)
    lower = max(measured for measured in sizes if measured <= size)
    part = 0 if upper == lower else math.log(size / lower) / math.log(upper / lower)
    calls, reads, writes = (
        low + part * (high - low)
        for low, high in zip(COUNTING[lower], COUNTING[upper], strict=True)
    )
    return calls, reads, writes


def idle(price: Prices) -> dict[str, float]:
    """What a month costs in which nothing happens."""
    return {
        "alarms": ALARMS * price.alarm,
        "dashboard": price.dashboard,
        "metrics": METRICS * price.metric,
        "polling the queue": POLLS / MILLION * price.queue,
    }


def of_product(price: Prices, product: Product) -> dict[str, float]:
    """What a product costs in a month."""
    total: dict[str, float] = {}
    for name, requests in product.actions().items():
        _add(total, of_action(price, ACTIONS[name], requests))
    uses = product.actions()["track-usage"]
    size = min(BATCH, max(1, BUSY * uses / MONTH * WINDOW / WRITERS))
    _add(total, of_counting(price, uses, size))
    requests = sum(product.actions().values())
    total["traces"] = (_traced(requests) + _traced(uses / size)) / MILLION * price.traces
    kept: float = product.users * (product.favorites_kept * FAVORITE_BYTES + RECENTS_BYTES)
    kept += uses * RETENTION_DAYS / 30 * USE_BYTES
    total["storage and recovery"] = kept / GIGABYTE * (price.table_gb + price.recovery_gb)
    total["alarms, dashboard, metrics, polling"] = sum(idle(price).values())
    return total


def of_pool(price: Prices, users: int) -> float:
    """What the stack's own user pool adds, if its users sign in each month."""
    return max(0, users - price.pool_users_free) * price.pool_user


def _traced(invocations: float) -> float:
    """X-Ray records the first invocation of a second, and 5% of the others."""
    seconds = MONTH * -math.expm1(-invocations / MONTH)  # in which anything happens at all
    return seconds + 0.05 * (invocations - seconds)


def _add(total: dict[str, float], part: Mapping[str, float]) -> None:
    for name, dollars in part.items():
        total[name] = total.get(name, 0) + dollars


def report(price: Prices) -> Iterator[str]:
    """The tables of docs/costs.md, line by line."""
    yield "| a million of | " + " | ".join(of_action(price, ACTIONS["popular"], 0)) + " | total |"
    yield "| --- |" + " --- |" * 7
    for name, action in ACTIONS.items():
        yield _row(f"`{name}`", of_action(price, action, MILLION).values())
    yield ""
    yield "| to count a million uses | functions | table | queue | logs | total |"
    yield "| --- |" + " --- |" * 5
    for size in COUNTING:
        batches = "each alone" if size == 1 else f"in batches of {size:,}"
        yield _row(batches, of_counting(price, MILLION, size).values())
    yield ""
    yield "| a month, idle | dollars |"
    yield "| --- | --- |"
    yield from (f"| {name} | {dollars:.2f} |" for name, dollars in idle(price).items())
    yield f"| total | {sum(idle(price).values()):.2f} |"
    yield ""
    costs = [of_product(price, product) for product in PRODUCTS]
    yield "| a month | " + " | ".join(product.name for product in PRODUCTS) + " |"
    yield "| --- |" + " --- |" * len(PRODUCTS)
    yield _counts("users", [product.users for product in PRODUCTS])
    yield _counts("requests", [sum(product.actions().values()) for product in PRODUCTS])
    for name in costs[0]:
        yield f"| {name} | " + " | ".join(f"{cost[name]:.2f}" for cost in costs) + " |"
    totals = [sum(cost.values()) for cost in costs]
    yield "| total | " + " | ".join(f"**{total:.2f}**" for total in totals) + " |"
    pools = [of_pool(price, product.users) for product in PRODUCTS]
    yield "| and for the stack's own user pool | " + " | ".join(f"{p:.2f}" for p in pools) + " |"


def _row(name: str, costs: Iterable[float]) -> str:
    dollars = list(costs)
    return f"| {name} | " + " | ".join(f"{cost:.2f}" for cost in [*dollars, sum(dollars)]) + " |"


def _counts(name: str, counts: Iterable[float]) -> str:
    return f"| {name} | " + " | ".join(f"{count:,.0f}" for count in counts) + " |"


def main() -> None:
    """Print the tables for prices that may be given."""
    parser = argparse.ArgumentParser(description=Prices.__doc__)
    for name, price in asdict(Prices()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=price)
    chosen = parser.parse_args()
    price = Prices(**{field.name: getattr(chosen, field.name) for field in fields(Prices)})
    print("\n".join(report(price)))


if __name__ == "__main__":
    main()
