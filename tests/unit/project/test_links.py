"""Relative links in the documentation lead to an existing file and heading."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from voices_tools.paths import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *(ROOT / name for name in ("events/README.md", "web/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
# The target of `[text](target)` and `![text](target)`.
_LINK = re.compile(r"\]\(([^()\s]+)\)")


def name(page: Path) -> str:
    """Return a page's path in the repository."""
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """Return a page without its code blocks, which may show links of other pages."""
    text = page.read_text("utf-8")
    return re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub creates for a page's headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)  # keep only a link's text
        anchor = re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-")
        repeats = sum(
            re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", each) is not None for each in found
        )
        found.add(f"{anchor}-{repeats}" if anchor in found else anchor)
    return found


def broken(page: Path) -> list[str]:
    """Return the broken relative links of a page."""
    links = [link for link in _LINK.findall(prose(page)) if not re.match(r"[a-z]+:", link)]
    return [link for link in links if not resolves(page, link)]


def resolves(page: Path, link: str) -> bool:
    """Return whether a link's file exists, is in the repository and has the linked heading."""
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_relative_links_resolve(page: Path) -> None:
    assert broken(page) == []


def test_each_page_is_reachable_from_the_index() -> None:
    index = ROOT / "docs/index.md"
    linked = {
        (index.parent / link.partition("#")[0]).resolve() for link in _LINK.findall(prose(index))
    }

    assert set((ROOT / "docs").rglob("*.md")) - {index} <= linked


def test_broken_links_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("# A `b`: c\n# Twice\n# Twice\n```\n# code [x](gone.md)\n```\n", "utf-8")

    page_links = "[a](#a-b-c) [b](#twice-1) [c](page.md#twice) [d](https://a.example/x)"
    assert anchors(page) == {"a-b-c", "twice", "twice-1"}
    other = tmp_path / "other.md"
    other.write_text("[a](page.md#a-b-c) [b](page.md#code) [c](gone.md) [d](../out.md)", "utf-8")

    assert broken(other) == ["page.md#code", "gone.md", "../out.md"]
    page.write_text(page.read_text("utf-8") + page_links, "utf-8")
    assert broken(page) == []
