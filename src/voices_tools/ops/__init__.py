"""`python -m ops COMMAND`: what an operator does to a running service, whole or piece by piece.

    __main__.py     the commands and their options
    arguments.py    what the options take
    commands.py     what each does and prints
    status.py       where a service stands
    target.py       which service: a stack, a table and queues by name, or `make run`
    console.py      how things are told: escaped, as they come, in one sentence where it ends
    patience.py     the same call again where AWS was busy
    files.py        what they read and write
    lag.py          how far the log is committed and applied; apply the rest
    deadletters.py  why messages were given up
    redrive.py      those that can be counted, sent back
    ledger.py       what counts, recents and leaderboard must be, worked out from the log
    compare.py      one item against it
    verify.py       all items, while others count on
    verdict.py      what that found
    meter.py        the read units that it takes
    users.py        all that is kept of a user: export it, forget it
    imports.py      favorites from another backend
    line.py         one of them, read

It works on the core's own items and functions, and is no part of what is deployed.
"""
