"""Measure the cost of counting usage events, and print a table for each section.

docs/explanation/performance.md contains some of the printed tables. Speeds and seconds depend on
the machine. With one aggregator, the numbers of calls and capacity units do not.
"""

from __future__ import annotations

import argparse
import sys

from voices_tools.bench import console, emulator
from voices_tools.bench.usage.sections import SECTIONS


def main() -> None:
    """Measure all sections, or only the section that the options name."""
    parser = argparse.ArgumentParser(prog="make bench-usage", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="measure very few usage events, to check that the benchmark runs",
    )
    parser.add_argument(
        "--only", choices=SECTIONS, metavar="SECTION", help=f"one of: {'; '.join(SECTIONS)}"
    )
    options = parser.parse_args()
    console.progress("starting the emulator")
    with emulator.running() as started:
        for name, measure in SECTIONS.items():
            if options.only in {None, name}:
                rows = measure(started.endpoint_url, quick=options.quick)
                print(f"## {name}\n\n{rows}\n", flush=True)
    console.progress("done")


if __name__ == "__main__":
    sys.exit(console.run(main))
