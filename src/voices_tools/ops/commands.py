"""What each command does and prints. Each returns its exit code: 1 where something is wrong."""

from __future__ import annotations

import sys
from argparse import Namespace

from voices_core.timestamps import to_iso
from voices_tools.ops import (
    imports,
    lag,
    users,
    verdict,
)
from voices_tools.ops import redrive as redrive_
from voices_tools.ops import status as status_
from voices_tools.ops import verify as verify_
from voices_tools.ops.console import (
    Progress,
    Refusal,
    as_json,
    counted,
    shown,
)
from voices_tools.ops.files import reading, writing
from voices_tools.ops.target import Target


def status(target: Target, options: Namespace) -> int:
    """Backlog, dead letters and lag."""
    found = status_.status(target, options.sample)
    if options.json:
        print(as_json(status_.as_object(found)))
    else:
        print(*status_.lines(found), sep="\n")
    return 0 if found.is_fine else 1


def redrive(target: Target, options: Namespace) -> int:
    """Dead letters, back to the queue."""
    done = redrive_.redrive(
        target,
        most=options.max,
        everything=options.all,
        dry_run=options.dry_run,
        per_second=options.velocity,
        progress=Progress(),
    )
    print(f"{'would send' if options.dry_run else 'sent'} {counted(done.sent, 'message')} back")
    for reason, number in sorted(done.kept.items(), key=lambda kept: kept[0].value):
        print(f"kept {number:,}: {reason.value}")
    if done.failing:
        raise Refusal(
            "what was just sent back has failed again: mend the cause first (UsageFailing in "
            "docs/runbook.md), then run it again"
        )
    return 0


def apply(target: Target, _: Namespace) -> int:
    """What is committed and pending."""
    before = lag.apply(target, Progress())
    if before.waiting_since is None:
        print("nothing was pending")
    else:
        print(f"applied {counted(before.entries, 'entry')}, up to entry {before.head.seq:,}")
    return 0


def verify(target: Target, options: Namespace) -> int:
    """Counts, recents and leaderboard against the log."""
    found = verify_.verify(
        target,
        Progress(),
        per_second=options.rate,
        nobody_forgotten=options.nobody_forgotten,
    )
    if options.json:
        print(as_json(verdict.as_object(found)))
    else:
        print(*verdict.lines(found), sep="\n")
    return 1 if found.differences else 0


def export_user(target: Target, options: Namespace) -> int:
    """All that is kept of a user."""
    number = 0
    with writing(options.output) as output:
        for each in users.export(target, options.user, Progress()):
            print(as_json(each), file=output)
            number += 1
    where = "" if options.output is None else f" in {shown(str(options.output))}"
    print(
        f"{counted(number, 'line')}{where}; uses that still wait in a queue are not among them",
        file=sys.stderr,
    )
    return 0


def forget_user(target: Target, options: Namespace) -> int:
    """Delete what is kept of a user, the log apart."""
    kept = users.kept(target, options.user, Progress())
    print(f"favorites     {kept.favorites:,}")
    print(f"recents       {counted(kept.recents, 'voice')}")
    print(f"in the log    {counted(kept.uses, 'use')}")
    if kept.until is not None:
        print(f"              until {to_iso(kept.until)}, and until DynamoDB has cleared up (days)")
    if options.dry_run:
        print("nothing was changed")
        return 0
    if not options.yes:
        _confirm(options.user)
    lag.apply(target, Progress())  # what is pending would bring recents back
    users.forget(target, options.user)
    print(
        "favorites and recents are deleted; the log's part expires as told above, and totals\n"
        "stay, which name nobody. A use that still waits in a queue makes new recents: run this\n"
        "again in some minutes, once `status` shows that none waits"
    )
    return 0


def import_(target: Target, options: Namespace) -> int:
    """Favorites, from JSON lines."""
    report = imports.Report(options.from_line)
    ctx = target.context(limit=options.limit)
    with reading(options.file) as file:
        numbered = enumerate(file, start=1)
        try:
            imports.import_favorites(
                ctx,
                ((number, line) for number, line in numbered if number >= options.from_line),
                report,
                dry_run=options.dry_run,
                tell=lambda text: print(text, file=sys.stderr),
                progress=Progress(),
            )
        except BaseException:
            print(f"not at the end: go on with --from-line {report.next_line}", file=sys.stderr)
            raise
    added, present, refused = (report.results[result] for result in imports.Result)
    print(f"{'would add' if options.dry_run else 'added'} {counted(added, 'favorite')}")
    print(f"there already: {present:,}")
    print(f"refused: {refused:,}")
    return 1 if refused else 0


def _confirm(user_id: str) -> None:
    if not sys.stdin.isatty():
        raise Refusal("nobody is there to ask: give --yes to delete this, or --dry-run to look")
    if input(f"Type the user's id ({shown(user_id)}) to delete it: ") != user_id:
        raise Refusal("that is another id: nothing was changed")
