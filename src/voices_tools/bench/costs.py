"""Print the costs on AWS of a million requests, an idle service, and three example products.

The capacity units were measured by `make bench` and `make bench-usage`. Every price is an option,
and `make costs ARGS=--help` lists these options. Of all free tiers, only Cognito's is included,
because this free tier changes the totals a lot.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields

MILLION = 1_000_000
GIGABYTE = 1_000_000_000
MONTH_S = 30 * 86_400

# Values of the template. tests/unit/voices_tools/bench/test_costs.py checks that they are equal.
ALARMS = 13
DASHBOARDS = {"default": 0, "production": 1}
API_GB, AGGREGATOR_GB = 1.0, 0.5
BATCH, WINDOW_S, AGGREGATORS = 1000, 2, 2

METRICS = 5  # metric names that are sent if no problem occurs
RETENTION_DAYS = 30  # of the usage log
# Calls, RCU and WCU for each usage event, by batch size.
COUNTING = {
    1: (8.77, 4.00, 4.77),
    10: (2.56, 1.30, 2.16),
    100: (1.63, 1.01, 1.63),
    1000: (1.07, 0.79, 1.10),
}
TABLE_CALL_S = 0.006
CONCURRENT_CALLS = 8  # threads of the aggregator
USAGE_EVENT_BYTES = 50  # the size of a usage event in the log
FAVORITE_BYTES, RECENTS_BYTES = 400, 2_000

# Log bytes of a request: 1 line of the API function, 2 lines of Lambda, 1 line of the gateway.
REQUEST_LOG_BYTES = 340 + 650 + 420 + 4 * 26
METRIC_LOG_BYTES = 205 + 26  # the metric line of a usage event
BATCH_LOG_BYTES = 420 + 650 + 350 + 4 * 26
IDLE_POLLS = 15 * 60 * 24 * 30  # per month: each of Lambda's five pollers waits 20 s per poll


@dataclass(frozen=True)
class Prices:
    """Prices in dollars in us-east-1, as published in November 2025, with functions on arm64."""

    gateway: float = 1.00  # per million requests to an HTTP API
    lambda_requests: float = 0.20  # per million
    lambda_gb_second: float = 0.0000133334
    read_units: float = 0.125  # per million, on demand
    write_units: float = 0.625  # per million, on demand
    table_gb: float = 0.25  # per month
    recovery_gb: float = 0.20  # per month, for 35 days of point-in-time recovery
    queue: float = 0.40  # per million requests
    log_gb: float = 0.50  # ingested
    log_gb_kept: float = 0.03  # per month
    traces: float = 5.00  # per million recorded
    metric: float = 0.30  # per month
    alarm: float = 0.10  # per month
    dashboard: float = 3.00  # per month
    traffic_gb: float = 0.09  # out to the internet
    pool_user: float = 0.015  # per month and active user of Cognito Essentials
    pool_users_free: float = 10_000


@dataclass(frozen=True)
class Action:
    """The consumption of one request. `seconds` is an estimate of the function's time."""

    seconds: float
    reply_bytes: int
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
    """A product, and the monthly actions of each user."""

    name: str
    users: int
    favorites_kept: int = 10
    visits: int = 8  # each visit reads favorites, recent and popular once
    changes: int = 3  # favorites added or removed
    usage_events: int = 60

    def requests(self) -> dict[str, float]:
        """Requests in a month, by action."""
        visits = self.users * self.visits
        return {
            "favorites": visits,
            "popular": visits,
            "recent": visits,
            "add-favorite": self.users * self.changes * 2 / 3,
            "remove-favorite": self.users * self.changes / 3,
            "track-usage": self.users * self.usage_events,
        }


PRODUCTS = [Product("prototype", 500), Product("product", 20_000), Product("large", 1_000_000)]
PEAK_FACTOR = 3  # peak rate / mean rate; most usage events happen in a part of the day


def action_cost(price: Prices, action: Action, requests: float) -> dict[str, float]:
    """The cost of requests of one action, without traces and counting."""
    log_bytes = REQUEST_LOG_BYTES + (METRIC_LOG_BYTES if action.messages else 0)
    return {
        "gateway": requests / MILLION * price.gateway,
        "functions": requests / MILLION * price.lambda_requests
        + requests * action.seconds * API_GB * price.lambda_gb_second,
        "table": requests * _units_cost(price, action.read_units, action.write_units),
        "queue": requests * action.messages / MILLION * price.queue,
        "logs": requests * log_bytes / GIGABYTE * (price.log_gb + price.log_gb_kept),
        "traffic": requests * action.reply_bytes / GIGABYTE * price.traffic_gb,
    }


def counting_cost(price: Prices, usage_events: float, size: float) -> dict[str, float]:
    """The cost of counting usage events that arrive in batches of `size` usage events."""
    calls, read_units, write_units = counting_units(size)
    batches = usage_events / size
    seconds = 0.005 * batches + usage_events * calls * TABLE_CALL_S / min(CONCURRENT_CALLS, size)
    queue_requests = 2 * max(usage_events / 10, batches)  # receive and delete, 10 messages each
    return {
        "functions": batches / MILLION * price.lambda_requests
        + seconds * AGGREGATOR_GB * price.lambda_gb_second,
        "table": usage_events * _units_cost(price, read_units, write_units),
        "queue": queue_requests / MILLION * price.queue,
        "logs": batches * BATCH_LOG_BYTES / GIGABYTE * (price.log_gb + price.log_gb_kept),
    }


def counting_units(size: float) -> tuple[float, float, float]:
    """Calls, RCU and WCU of a usage event, interpolated between measured batch sizes."""
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


def idle_cost(price: Prices, configuration: str) -> dict[str, float]:
    """The cost of a month without requests. Without requests, no metrics are billed."""
    return {
        "alarms": ALARMS * price.alarm,
        "dashboard": DASHBOARDS[configuration] * price.dashboard,
        "polling the queue": IDLE_POLLS / MILLION * price.queue,
    }


def product_cost(price: Prices, product: Product) -> dict[str, float]:
    """The cost of a product in a month, in the production configuration."""
    requests = product.requests()
    parts = [action_cost(price, ACTIONS[name], count) for name, count in requests.items()]
    usage_events = requests["track-usage"]
    size = min(BATCH, max(1, PEAK_FACTOR * usage_events / MONTH_S * WINDOW_S / AGGREGATORS))
    parts.append(counting_cost(price, usage_events, size))
    total = {name: sum(part.get(name, 0) for part in parts) for name in parts[0]}
    traces = _traced(sum(requests.values())) + _traced(usage_events / size)
    total["traces"] = traces / MILLION * price.traces
    kept: float = product.users * (product.favorites_kept * FAVORITE_BYTES + RECENTS_BYTES)
    kept += usage_events * RETENTION_DAYS / 30 * USAGE_EVENT_BYTES
    total["storage and recovery"] = kept / GIGABYTE * (price.table_gb + price.recovery_gb)
    total["metrics"] = METRICS * price.metric
    total["idle cost"] = sum(idle_cost(price, "production").values())
    return total


def user_pool_cost(price: Prices, users: int) -> float:
    """The cost of the stack's own user pool, if all users sign in each month."""
    return max(0, users - price.pool_users_free) * price.pool_user


def _units_cost(price: Prices, read_units: float, write_units: float) -> float:
    return (read_units * price.read_units + write_units * price.write_units) / MILLION


def _traced(invocations: float) -> float:
    """The invocations that X-Ray records: the first one in each second and 5% of the others."""
    busy_seconds = MONTH_S * -math.expm1(-invocations / MONTH_S)
    return busy_seconds + 0.05 * (invocations - busy_seconds)


def report(price: Prices) -> Iterator[str]:
    """The tables of docs/explanation/costs.md, line by line."""
    idle = [idle_cost(price, configuration) for configuration in DASHBOARDS]
    yield from _header("a month, idle", DASHBOARDS)
    yield from (_row(name, [cost[name] for cost in idle]) for name in idle[0])
    yield _row("total", [sum(cost.values()) for cost in idle], "**{:.2f}**")
    yield ""
    yield from _header("a million of", [*action_cost(price, ACTIONS["popular"], 0), "total"])
    for name, action in ACTIONS.items():
        dollars = action_cost(price, action, MILLION).values()
        yield _row(f"`{name}`", [*dollars, sum(dollars)])
    yield ""
    yield from _header("to count a million", [*counting_cost(price, 0, 1), "total"])
    for size in COUNTING:
        dollars = counting_cost(price, MILLION, size).values()
        name = "one at a time" if size == 1 else f"in batches of {size:,}"
        yield _row(name, [*dollars, sum(dollars)])
    yield ""
    costs = [product_cost(price, product) for product in PRODUCTS]
    yield from _header("a month", [product.name for product in PRODUCTS])
    yield _row("users", [product.users for product in PRODUCTS], "{:,.0f}")
    yield _row("requests", [sum(product.requests().values()) for product in PRODUCTS], "{:,.0f}")
    yield from (_row(name, [cost[name] for cost in costs]) for name in costs[0])
    yield _row("total", [sum(cost.values()) for cost in costs], "**{:.2f}**")
    pools = [user_pool_cost(price, product.users) for product in PRODUCTS]
    yield _row("the stack's own user pool adds", pools)


def _header(first: str, columns: Iterable[str]) -> list[str]:
    names = [first, *columns]
    return [f"| {' | '.join(names)} |", "| --- |" + " --- |" * (len(names) - 1)]


def _row(name: str, values: Iterable[float], form: str = "{:.2f}") -> str:
    return f"| {name} | " + " | ".join(form.format(value) for value in values) + " |"


def main() -> None:
    """Print the tables for the given prices."""
    parser = argparse.ArgumentParser(description=Prices.__doc__)
    for name, price in asdict(Prices()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=price)
    chosen = parser.parse_args()
    price = Prices(**{field.name: getattr(chosen, field.name) for field in fields(Prices)})
    print("\n".join(report(price)))


if __name__ == "__main__":
    main()
