"""Find phrases that are hard to read, for `make check-prose`.

`PHRASES` lists phrases that plain technical English does not use, each with a replacement. A line
that needs such a phrase, for example in a quotation, contains `prose: ok` in a comment.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Each phrase with its replacement. A phrase is a regular expression that ignores case. A space in a
# phrase also matches a line break and the comment sign at the start of the next line.
PHRASES = {
    r"(?:a|each|every|no|one|per) use(?! of| case)": "usage event",
    r"uses of (?:a|the) voice": "usage events",
    r"all else|aught|naught|nought": "everything else, anything, nothing",
    r"albeit|whence|whereof|wherein|thereof|therein|hereby|forthwith|lest": "plain English",
    r"anew": "again",
    r"as is none|such as (?:is|are|has|have|does|do)": "the positive statement",
    r"beside(?= (?:it|them|the|a)\b)": "next to",
    r"dear|dearer|dearest|dearly": "expensive",
    r"dead letters": "dead-letter queue",
    r"(?-i:Else)(?= [a-z])": "Otherwise",
    r"for want of": "without",
    r"(?:un)?forgiving|lapses?": "best effort, problem",
    r"heed(?:s|ed|ing)?|reckon(?:s|ed|ing)?": "read, calculate",
    r"(?:held|holds|hold) to (?:it|them|that|this|the|a)": "checked against, limited to",
    r"(?<!there\s)(?:is|are|was|were) no (?!longer|more|such|other|\d)": "is not a",
    r"(?:(?<!there\s)(?:is|are|was|were)|has|have|had|takes?|gets?|gives?|needs?)"
    r" (?-i:none)": "no …",
    r"(?:is|are|was|were|be|been|being) told": "is reported, receives",
    r"lately|of late": "recently",
    r"lays|laid bare": "places, puts",
    r"local engine|the engine": "the emulator",
    r"mend(?:s|ed|ing)?": "fix",
    r"nor (?:is|are|was|were|does|do|did|has|have|can|could|may|must|will|would)": "and … not",
    r"of (?:ours|theirs|mine|hers)": "our …",
    r"poison is not": "poison messages are not",
    r"so many (?!that)": "the number, the name of the parameter",
    r"so much for": "(nothing)",
    r"stands? (?:in|above|below|beside|there|apart|still)": "replaces, is",
    r"(?:tell|tells|told|telling) apart": "distinguish",
    r"this once": "once",
    r"what (?:came|comes|became|becomes) of": "the result of",
    r"what (?:is|was|are|were) (?:read|told|said|kept|asked|taken|given)": "the noun",
    r"what (?:it|they|that|this|these) (?:come|comes|came) to": "the total, the result",
    r"whatever|whoever|whomever": "any, every, anyone who",
}
_GAP = r"(?:[ \t]*\r?\n)?[ \t]*(?:(?:#|//|\*|>)[ \t]*)?"  # a space, or a line break
_PATTERNS = [
    (re.compile(r"\b(?:" + phrase.replace(" ", rf"(?:\s){_GAP}") + r")\b", re.IGNORECASE), instead)
    for phrase, instead in PHRASES.items()
]

SUFFIXES = {".css", ".html", ".in", ".js", ".md", ".py", ".sh", ".toml", ".ts", ".yaml", ".yml"}
NAMES = {"Makefile", "run"}
# Files that are not checked: the list of phrases, its test, and a document that is generated from
# texts in the code. These texts are checked in their own files.
EXEMPT = {
    "src/voices_tools/prose.py",
    "tests/unit/voices_tools/test_prose.py",
    "docs/reference/openapi.json",
}
EXEMPT_LINE = "prose: ok"

_BREAK = re.compile(r"[\s#/*>]+")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_CODE_BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"(?:#|//|/\*|^\s*\*)\s(.*)|Description: (.*)", re.MULTILINE)
_PYTHON_PROSE = {"COMMENT", "STRING", "FSTRING_MIDDLE"}


@dataclass(frozen=True)
class Hit:
    """A listed phrase that occurs in a file."""

    path: str
    line: int
    phrase: str
    instead: str

    def __str__(self) -> str:
        """Format the hit as a line that starts with `path:line`, which editors can open."""
        return f'{self.path}:{self.line}: "{self.phrase}"; write: {self.instead}'


def hits(path: str, text: str) -> Iterator[Hit]:
    """Find the listed phrases in a text, ordered by line."""
    lines = text.splitlines()
    found = []
    for pattern, instead in _PATTERNS:
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            if EXEMPT_LINE not in lines[line - 1]:
                found.append(Hit(path, line, _BREAK.sub(" ", match[0]).strip(), instead))
    return iter(sorted(found, key=lambda hit: (hit.line, hit.phrase)))


def words(path: str, text: str) -> int:
    """Count the words of prose in a file.

    Code is not counted, because the rate of hits concerns prose only.
    """
    if path.endswith(".md"):
        prose = [_CODE_BLOCK.sub("", text)]
    elif path.endswith(".py"):
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        prose = [token.string for token in tokens if _is_prose(token)]
    else:
        prose = ["".join(groups) for groups in _COMMENT.findall(text)]
    return sum(len(_WORD.findall(each)) for each in prose)


def _is_prose(token: tokenize.TokenInfo) -> bool:
    return tokenize.tok_name[token.type] in _PYTHON_PROSE and " " in token.string


def texts() -> Iterator[tuple[str, str]]:
    """Read the project's text files in the current folder. Yield each path and its text."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name in sorted(set(listed.split("\0")) - EXEMPT - {""}):
        path = Path(name)
        if (path.suffix in SUFFIXES or path.name in NAMES) and path.is_file():
            yield name, path.read_text("utf-8")


def main() -> int:
    """Print each hit, and the rate of hits per 1,000 words. Return 1 if there is a hit."""
    found, total = 0, 0
    for path, text in texts():
        total += words(path, text)
        for hit in hits(path, text):
            found += 1
            print(hit)
    rate = 1000 * found / max(total, 1)
    print(f"phrases to replace: {found} in {total:,} words ({rate:.1f} per 1,000 words)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
