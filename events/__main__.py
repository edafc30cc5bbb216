"""`python3 -m events NAME` prints an event as it is sent."""

from __future__ import annotations

import argparse
import json

import events


def main() -> None:
    """Print the event that the command line names."""
    parser = argparse.ArgumentParser(prog="python3 -m events", description=__doc__)
    parser.add_argument("name", choices=events.names(), metavar="NAME", help="a file's, no ending")
    print(json.dumps(events.load(parser.parse_args().name).event))


if __name__ == "__main__":
    main()
