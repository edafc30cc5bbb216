"""Check a tag and print its section of the changelog, for `make release-notes TAG=v1.2.3`.

The release workflow runs this file without installing packages, so the file imports only the
standard library.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


class NotReady(Exception):
    """A tag cannot be released. The message says why, and what to do."""


def check_version(tag: str, root: Path = ROOT) -> str:
    """Return the version of a tag. Raises NotReady if a package has a different version."""
    version = tag.removeprefix("v")
    if not re.fullmatch(r"v\d+\.\d+\.\d+", tag):
        raise NotReady(f"{tag} is not a release tag; use the form v1.2.3")
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    package = json.loads((root / "web/package.json").read_text("utf-8"))["version"]
    for name, found in {"pyproject.toml": project, "web/package.json": package}.items():
        if found != version:
            raise NotReady(f"{name} has version {found}; change it to {version} or tag v{found}")
    return version


def notes(version: str, changelog: str) -> str:
    """Return a version's section of the changelog. Raises NotReady if this section has no text."""
    heading = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$"
    parts = re.split(heading, changelog, maxsplit=1, flags=re.MULTILINE)
    text = re.split(r"^## ", parts[-1], maxsplit=1, flags=re.MULTILINE)[0].strip()
    if len(parts) == 1 or not text:
        raise NotReady(
            f"CHANGELOG.md has no text for version {version}; "
            f"add a section `## [{version}] - YYYY-MM-DD`"
        )
    return text


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Print the release notes of a tag, which is the only argument. Return the exit code."""
    if len(arguments) != 1:
        print("give one tag, such as v1.2.3", file=sys.stderr)
        return 2
    (tag,) = arguments
    try:
        print(notes(check_version(tag, root), (root / "CHANGELOG.md").read_text("utf-8")))
    except NotReady as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
