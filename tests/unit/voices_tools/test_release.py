"""A tag is released only if the versions and the changelog match the tag."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from voices_tools import release

CHANGELOG = """# Changelog

## [Unreleased]

### Added

- Not yet.

## [1.2.3] - 2026-01-31

### Fixed

- A bug.

## [1.2.2] - 2026-01-01

- Older.
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose packages have version 1.2.3."""
    (tmp_path / "web").mkdir()
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    (tmp_path / "web/package.json").write_text('{"version": "1.2.3"}')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def test_prints_changelog_section(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(["v1.2.3"], project) == 0
    assert capsys.readouterr().out == "### Fixed\n\n- A bug.\n"


def test_last_section_ends_with_the_file() -> None:
    assert release.notes("1.2.2", CHANGELOG) == "- Older."


@pytest.mark.parametrize("tag", ["1.2.3", "v1.2", "v1.2.3.4", "v1.2.3-rc.1", "latest", "v1.2.3 "])
def test_other_tags_are_refused(project: Path, tag: str) -> None:
    with pytest.raises(release.NotReady, match="is not a release tag; use the form"):
        release.check_version(tag, project)


def test_other_version_of_the_project_is_refused(project: Path) -> None:
    with pytest.raises(release.NotReady, match=r"^pyproject.toml has version 1\.2\.3; change it"):
        release.check_version("v1.2.4", project)


def test_other_version_of_npm_package_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "web/package.json").write_text('{"version": "1.2.2"}')

    assert release.main(["v1.2.3"], project) == 1
    assert capsys.readouterr().err == (
        "web/package.json has version 1.2.2; change it to 1.2.3 or tag v1.2.2\n"
    )


@pytest.mark.parametrize(
    "changelog", ["", "## [1.2.3]\n\n- No date.\n", "## [1.2.3] - 2026-01-31\n\n## [1.2.2]\n"]
)
def test_missing_section_is_refused(changelog: str) -> None:
    with pytest.raises(release.NotReady, match=r"has no text for version 1\.2\.3; add"):
        release.notes("1.2.3", changelog)


def test_missing_tag_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main([], project) == 2
    assert capsys.readouterr().err == "give one tag, such as v1.2.3\n"


def test_packages_have_the_same_version() -> None:
    project = tomllib.loads((release.ROOT / "pyproject.toml").read_text("utf-8"))
    package = json.loads((release.ROOT / "web/package.json").read_text("utf-8"))

    assert project["project"]["version"] == package["version"]
