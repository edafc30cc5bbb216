"""`make costs` uses measured values and the template, and the documentation quotes the output."""

from __future__ import annotations

import re

import pytest

from tests.support.template import Json, samconfig, source, stack
from voices_tools.bench import costs
from voices_tools.paths import ROOT

PAGE = (ROOT / "docs/explanation/costs.md").read_text("utf-8")
PRICES = costs.Prices()


def deployed(environment: str) -> Json:
    """The resources of an environment in samconfig.toml."""
    resources: Json = stack(source(), samconfig(environment))["Resources"]
    return resources


def performance_table(heading: str) -> dict[str, list[float]]:
    """The rows of a table in docs/explanation/performance.md."""
    page = (ROOT / "docs/explanation/performance.md").read_text("utf-8")
    found = page.partition(f"\n| {heading} |")[2]
    rows = re.findall(r"^\| (.+) \|$", found.partition("\n\n")[0], re.MULTILINE)
    cells = [re.sub(r"`|,| \(20 favorites\)", "", row).split(" | ") for row in rows[1:]]
    return {name: [float(number) for number in numbers] for name, *numbers in cells}


def test_page_shows_the_printed_tables() -> None:
    for printed in "\n".join(costs.report(PRICES)).split("\n\n"):
        assert printed in PAGE


def test_documents_quote_the_idle_cost() -> None:
    default = f"{sum(costs.idle_cost(PRICES, 'default').values()):.2f}"
    production = f"{sum(costs.idle_cost(PRICES, 'production').values()):.2f}"
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())

    assert f"the default stack costs {default} dollars a month" in readme
    quoted = f"the default stack costs {default} dollars a month and the production configuration"
    assert f"{quoted} {production}." in " ".join(PAGE.split())


def test_page_names_the_cost_beyond_free_tiers() -> None:
    rest = (costs.ALARMS - 10) * PRICES.alarm

    assert f"The default stack then costs {rest:.2f}." in PAGE


def test_actions_consume_the_measured_capacity() -> None:
    measured = performance_table("action | calls to AWS")

    for name, action in costs.ACTIONS.items():
        assert measured[name] == [1, action.read_units, action.write_units]


def test_counting_consumes_the_measured_capacity() -> None:
    measured = performance_table("usage events in a batch | calls each")

    assert {int(size): tuple(row) for size, row in measured.items()} == costs.COUNTING


def test_capacity_is_interpolated_between_batch_sizes() -> None:
    assert costs.counting_units(10) == costs.COUNTING[10]
    assert costs.COUNTING[10] > costs.counting_units(30) > costs.COUNTING[100]
    assert costs.counting_units(0.5) == costs.COUNTING[1]
    assert costs.counting_units(5000) == costs.COUNTING[1000]


@pytest.mark.parametrize(
    ("environment", "configuration"), [("default", "default"), ("prod", "production")]
)
def test_idle_resources_match_the_template(environment: str, configuration: str) -> None:
    kinds = [resource["Type"] for resource in deployed(environment).values()]

    assert kinds.count("AWS::CloudWatch::Alarm") == costs.ALARMS
    assert kinds.count("AWS::CloudWatch::Dashboard") == costs.DASHBOARDS[configuration]


def test_sizes_match_the_template() -> None:
    resources = deployed("default")
    mapping = resources["UsageEvents"]["Properties"]

    assert resources["ApiFunction"]["Properties"]["MemorySize"] == costs.API_GB * 1024
    assert resources["AggregatorFunction"]["Properties"]["MemorySize"] == costs.AGGREGATOR_GB * 1024
    assert mapping["BatchSize"] == costs.BATCH
    assert mapping["MaximumBatchingWindowInSeconds"] == costs.WINDOW_S
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == costs.AGGREGATORS
