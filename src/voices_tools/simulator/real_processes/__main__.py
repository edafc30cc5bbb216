"""Run histories on a DynamoDB emulator, with real processes that are killed while they count.

The seed decides which messages are sent and when processes are killed. The operating system decides
how the processes interleave. The same seed therefore gives another history in each run.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time

from voices_tools.simulator.oracle.violation import Violation
from voices_tools.simulator.real_processes.history import History
from voices_tools.simulator.real_processes.workers import WorkerPool

DEFAULT_HISTORIES = 200
INTERRUPTED = 130


def main() -> int:
    """Run the histories. Return the exit code: 1 after a violation, 130 after Ctrl-C."""
    arguments = _parse()
    started = time.monotonic()
    pool = WorkerPool(arguments.endpoint)
    seed = arguments.seed
    exit_code = 0
    try:
        for seed in range(arguments.seed, arguments.seed + arguments.histories):
            History(pool, seed).run()
            done = pool.totals["histories"]
            sys.stderr.write(f"\r{done} of {arguments.histories} histories ")
            sys.stderr.flush()
    except Violation as violation:
        print(f"\nVIOLATION in the history of seed {seed}: {violation}")
        exit_code = 1
    except KeyboardInterrupt:
        exit_code = INTERRUPTED
    finally:
        pool.stop()
    counts = ", ".join(f"{number} {kind}" for kind, number in pool.totals.items())
    sys.stderr.write("\n")
    print(f"{counts} in {time.monotonic() - started:.0f} s, from seed {arguments.seed}")
    return exit_code


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m voices_tools.simulator.real_processes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("endpoint", help="address of the emulator, such as http://127.0.0.1:8000")
    parser.add_argument(
        "--histories",
        type=int,
        default=DEFAULT_HISTORIES,
        metavar="N",
        help=f"number of histories (default: {DEFAULT_HISTORIES})",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=secrets.randbelow(2**40),
        help="seed of the first history (default: random)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
