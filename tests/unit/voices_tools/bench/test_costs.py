"""What docs/costs.md says is what `make costs` prints, of units that `make bench` has measured."""

from __future__ import annotations

import re

from tests.support.template import (
    CONFIGURATIONS,
    source,
    stack,
)
from voices_tools.bench import costs
from voices_tools.paths import ROOT


def table(heading: str) -> dict[str, list[float]]:
    """A table of docs/explanation/performance.md by its rows."""
    found = (
        (ROOT / "docs/explanation/performance.md")
        .read_text("utf-8")
        .partition(f"\n| {heading} |")[2]
    )
    rows = re.findall(r"^\| (.+) \|$", found.partition("\n\n")[0], re.MULTILINE)
    cells = [re.sub(r"`|,| \(20 of them\)", "", row).split(" | ") for row in rows[1:]]
    return {name: [float(number) for number in numbers] for name, *numbers in cells}


def test_the_document_shows_what_is_printed() -> None:
    document = (ROOT / "docs/costs.md").read_text("utf-8")

    for printed in "\n".join(costs.report(costs.Prices())).split("\n\n"):
        assert printed in document


def test_actions_take_the_units_that_were_measured() -> None:
    measured = table("action | calls to AWS")

    for name, action in costs.ACTIONS.items():
        assert measured[name] == [1, action.read_units, action.write_units]


def test_counting_takes_the_units_that_were_measured() -> None:
    measured = table("usage events in a batch | calls each")

    assert {int(size): tuple(row) for size, row in measured.items()} == costs.COUNTING


def test_between_two_measured_sizes_a_use_costs_something_between() -> None:
    assert costs.units(10) == costs.COUNTING[10]
    assert costs.COUNTING[10] > costs.units(30) > costs.COUNTING[100]
    assert costs.units(0.5) == costs.COUNTING[1]
    assert costs.units(5000) == costs.COUNTING[1000]


def test_what_runs_is_what_the_template_has() -> None:
    resources = stack(source(), CONFIGURATIONS["default"])["Resources"]
    kinds = [resource["Type"] for resource in resources.values()]
    mapping = resources["UsageEvents"]["Properties"]

    assert kinds.count("AWS::CloudWatch::Alarm") == costs.ALARMS
    assert kinds.count("AWS::CloudWatch::Dashboard") == 1
    assert resources["ApiFunction"]["Properties"]["MemorySize"] == costs.API_GB * 1024
    assert resources["AggregatorFunction"]["Properties"]["MemorySize"] == costs.AGGREGATOR_GB * 1024
    assert mapping["BatchSize"] == costs.BATCH
    assert mapping["MaximumBatchingWindowInSeconds"] == costs.WINDOW
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == costs.WRITERS
