"""CI and .ci/run run the same steps, and pre-commit runs the parts of `make check`.

Workflows pin actions to commits. Only release jobs have more than read permissions.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = [*sorted(GITHUB.rglob("*.yml")), ROOT / ".pre-commit-config.yaml"]
LOCAL_WORKFLOW = "./.github/workflows/ci.yml"

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path: Path) -> Any:
    """Parse a YAML file."""
    return yaml.safe_load(path.read_text("utf-8"))


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    """The jobs of a workflow by their names."""
    found: dict[str, dict[str, Any]] = read(path)["jobs"]
    return found


def variable(name: str) -> list[str]:
    """The words of a variable in the Makefile."""
    match = re.search(rf"^{name} := (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert match, name
    return match[1].split()


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_configuration_is_yaml(path: Path) -> None:
    assert isinstance(read(path), dict)


def test_ci_runs_the_steps_of_the_makefile() -> None:
    matrix = jobs(GITHUB / "workflows/ci.yml")["make"]["strategy"]["matrix"]["include"]

    assert list(dict.fromkeys(entry["target"] for entry in matrix)) == variable("CI_STEPS")


def test_ci_tests_each_supported_python() -> None:
    matrix = jobs(GITHUB / "workflows/ci.yml")["make"]["strategy"]["matrix"]["include"]
    tested = {entry["python"] for entry in matrix if entry["target"] == "test"}

    assert tested == {"3.11", "3.12", "3.13"}


def test_ci_run_reads_the_steps_of_the_makefile() -> None:
    printed = subprocess.run(
        ["make", "--silent", "ci-steps"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert printed.stdout.split() == variable("CI_STEPS")
    assert "for step in $(make -s ci-steps)" in (ROOT / ".ci/run").read_text("utf-8")


def test_hooks_are_the_parts_of_make_check() -> None:
    (repository,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    hooks = repository["hooks"]

    assert repository["repo"] == "local"
    assert [hook["id"] for hook in hooks] == variable("CHECKS")
    assert [hook["entry"] for hook in hooks] == [f"make {part}" for part in variable("CHECKS")]
    assert {hook["language"] for hook in hooks} == {"system"}


@each_workflow
def test_actions_are_pinned_by_commit(path: Path) -> None:
    for line in re.findall(r"\buses: (.+)$", path.read_text("utf-8"), re.MULTILINE):
        assert line == LOCAL_WORKFLOW or re.fullmatch(
            r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line
        )


def test_workflows_pin_the_same_commits() -> None:
    pinned = {
        line
        for path in WORKFLOWS
        for line in re.findall(r"\buses: (\S+@\S+)", path.read_text("utf-8"))
    }

    assert len(pinned) == len({line.partition("@")[0] for line in pinned})


@each_workflow
def test_workflow_may_only_read_by_default(path: Path) -> None:
    assert read(path)["permissions"] == {"contents": "read"}


@each_workflow
def test_job_ends_and_checkout_keeps_no_credentials(path: Path) -> None:
    for name, job in jobs(path).items():
        if job.get("uses") == LOCAL_WORKFLOW:
            continue
        assert job["timeout-minutes"] <= 30, name
        checkouts = [step for step in job["steps"] if "actions/checkout" in step.get("uses", "")]
        assert [step["with"]["persist-credentials"] for step in checkouts] == [False], name


def test_only_release_jobs_have_more_permissions() -> None:
    granted = {
        (path.name, name): job["permissions"]
        for path in WORKFLOWS
        for name, job in jobs(path).items()
        if "permissions" in job
    }

    assert granted == {
        ("release.yml", "npm"): {"contents": "read", "id-token": "write"},
        ("release.yml", "github"): {"contents": "write"},
    }


def test_release_checks_the_tag_and_tests_first() -> None:
    needs = {name: job.get("needs") for name, job in jobs(GITHUB / "workflows/release.yml").items()}

    assert needs == {"notes": None, "ci": "notes", "npm": "ci", "github": "npm"}


def test_dependabot_watches_each_ecosystem() -> None:
    updates = read(GITHUB / "dependabot.yml")["updates"]

    assert {update["package-ecosystem"] for update in updates} == {"pip", "npm", "github-actions"}
    folders = [folder for update in updates for folder in update.get("directories", [])]
    folders += [update["directory"] for update in updates if "directory" in update]
    assert all((ROOT / folder.lstrip("/")).is_dir() for folder in folders)
