"""The prose check finds the listed phrases, and accepts other text."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from voices_tools import prose

FOUND = {
    "The log is read anew.": ["anew"],
    "What is read is kept": ["What is read"],
    "A retry is dear, lest it lapse": ["dear", "lapse", "lest"],
    "ministack stands in for AWS": ["stands in"],
    "the number is none of ours": ["is none", "of ours"],
    "the caller is told": ["is told"],
    "a query is no snapshot": ["is no"],
    "# No log entry such\n    # as is expired": ["such as is"],
    " * Poison is\n * not counted": ["Poison is not"],
    "Else it waits": ["Else"],
    "a use that is counted": ["a use"],
}
PASSED = [
    "if value is None:",
    "display: none",
    "Neither a count nor a watermark changes",
    "there is no table, and if there is none",
    "a table of its own",
    "the message says what is wrong",
    "the entry is no longer needed",
    "    else it",
    "a use case",
    "endearing, relays, elapsed",
]


@pytest.mark.parametrize(("text", "phrases"), FOUND.items())
def test_phrase_is_found(text: str, phrases: list[str]) -> None:
    found = prose.hits("a.md", text)

    assert sorted(hit.phrase for hit in found) == sorted(phrases)


@pytest.mark.parametrize("text", PASSED)
def test_plain_text_and_code_pass(text: str) -> None:
    assert list(prose.hits("a.py", text)) == []


def test_hit_names_line_and_replacement() -> None:
    (hit,) = prose.hits("docs/a.md", "One line.\n\nCount it anew.\n")

    assert str(hit) == 'docs/a.md:3: "anew"; write: again'


def test_marked_line_is_exempt() -> None:
    assert list(prose.hits("a.py", '"anew"  # prose: ok\n')) == []


@pytest.mark.parametrize(
    ("path", "text", "number"),
    [
        ("a.md", "Two words\n```\nsome code here\n```\n", 2),
        ("a.py", 'name = "x"  # three words here\n"""And two"""\n', 5),
        ("a.js", "const a = 1; // two words\n", 2),
        ("a.yaml", "Key: value # a comment\nDescription: a text\n", 4),
    ],
)
def test_words_of_prose_are_counted(path: str, text: str, number: int) -> None:
    assert prose.words(path, text) == number


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository as the current folder."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_clean_project_passes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a.md").write_text("Plain text.")
    (project / "a.lock").write_text("anew")

    assert prose.main() == 0
    assert capsys.readouterr().out.endswith(
        "phrases to replace: 0 in 2 words (0.0 per 1,000 words)\n"
    )


def test_listed_phrase_fails_with_the_rate(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "a.md").write_text("Count it anew.")

    assert prose.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        'a.md:1: "anew"; write: again',
        "phrases to replace: 1 in 3 words (333.3 per 1,000 words)",
    ]
