"""docs/reference/configuration.md lists every parameter and every environment variable."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.support.template import CONFIGURATIONS, samconfig, source, stack
from tests.unit.project.template.rules import FUNCTIONS, SET_BY_LAMBDA, settings_read
from voices_core.settings import MAX_FAVORITES
from voices_tools.paths import ROOT

PAGE = (ROOT / "docs/reference/configuration.md").read_text("utf-8")
TEMPLATE = source()
BOOLEAN = ["false", "true"]


def rows(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without the header row."""
    found = PAGE.partition(f"\n{heading}\n")[2]
    assert found, heading
    table = re.search(r"^\|.+?(?=\n\n|\Z)", found, re.MULTILINE | re.DOTALL)
    assert table, heading
    return [line.strip("| ").split(" | ") for line in table[0].splitlines()[2:]]


def names(heading: str) -> set[str]:
    """The names in the first column of a table."""
    return {name for row in rows(heading) for name in re.findall(r"`(\w+)`", row[0])}


def expected_row(name: str) -> list[str]:
    """The expected row of a parameter, according to the template."""
    declared = TEMPLATE["Parameters"][name]
    default = str(declared["Default"])
    text = declared["Description"].removesuffix(".") + "."
    if "MinValue" in declared:
        text += f" {declared['MinValue']} to {declared['MaxValue']}."
    elif declared.get("AllowedValues", BOOLEAN) != BOOLEAN:
        text += f" One of {', '.join(f'`{value}`' for value in declared['AllowedValues'])}."
    return [f"`{name}`", f"`{default}`" if default else "empty", text]


def test_page_lists_every_parameter_of_the_template() -> None:
    """The groups, the defaults and the descriptions are those of the template."""
    interface = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
    for group in interface["ParameterGroups"]:
        shown = rows(f"### {group['Label']['default']}")
        assert shown == [expected_row(name) for name in group["Parameters"]]


def test_page_lists_the_production_values_of_samconfig() -> None:
    expected = [[f"`{name}`", f"`{value}`"] for name, value in samconfig("prod").items()]

    assert rows("### Production") == expected


def test_page_lists_every_variable_of_the_functions() -> None:
    resources = stack(TEMPLATE, CONFIGURATIONS["default"])["Resources"]
    shown = {row[0].strip("`"): row[1] for row in rows("## Environment of the functions")}

    declared = {
        function: resources[function]["Properties"]["Environment"]["Variables"].keys()
        for function in FUNCTIONS
    }
    both = declared["ApiFunction"] & declared["AggregatorFunction"]
    assert shown == {
        name: "both" if name in both else "API" for name in set().union(*declared.values())
    }


def test_page_lists_every_variable_that_settings_read() -> None:
    read = set().union(*map(settings_read, FUNCTIONS))

    assert read - names("## Environment of the functions") == SET_BY_LAMBDA
    assert names("### Set by Lambda") == SET_BY_LAMBDA


def test_page_names_the_default_favorites_limit() -> None:
    (text,) = [row[2] for row in rows("## Environment of the functions") if "FAVORITES" in row[0]]

    assert f"1 to {MAX_FAVORITES}; default {MAX_FAVORITES}" in text


def test_page_lists_every_variable_of_the_makefile() -> None:
    declared = dict(makefile_defaults())
    shown = {row[0].strip("`"): row[1] for row in rows("## Variables of make")}

    assert declared.keys() <= shown.keys()
    for name, default in declared.items():
        if "$" not in default:
            assert shown[name] == f"`{default}`"


def makefile_defaults() -> Iterator[tuple[str, str]]:
    """The variables of the Makefile that have a default, and their defaults."""
    text = (ROOT / "Makefile").read_text("utf-8")
    yield from re.findall(r"^(?:export )?(\w+) \?= (.+)$", text, re.MULTILINE)


def test_page_lists_every_variable_of_local_tools() -> None:
    """The names of these variables start with `VOICES_`."""
    tools = [path.read_text("utf-8") for path in (ROOT / "src/voices_tools").rglob("*.py")]
    used = set(re.findall(r"\bVOICES_[A-Z_]+\b", "\n".join(tools)))

    assert used
    assert used <= names("## Environment of local tools")


def test_page_lists_every_variable_of_sam_local() -> None:
    """events/env.json sets these variables for `sam local invoke`."""
    parts = json.loads((ROOT / "events/env.json").read_text("utf-8"))
    variables = {name for part in parts.values() for name in part}

    assert variables <= names("## Environment of the functions")
    assert "`events/env.json`" in PAGE
