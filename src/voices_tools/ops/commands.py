"""Run the commands. Each function prints a result, and returns 0, or 1 if it found a problem."""

from __future__ import annotations

import sys
from argparse import Namespace

from voices_core.timestamps import to_iso
from voices_tools.errors import CommandError
from voices_tools.ops import status as service_status
from voices_tools.ops.console import (
    Progress,
    escape_text,
    open_input,
    open_output,
    pluralize,
    to_json_line,
)
from voices_tools.ops.dead_letters import redrive as dead_letters
from voices_tools.ops.target import Target
from voices_tools.ops.usage_log import apply_pending
from voices_tools.ops.user_data import export
from voices_tools.ops.user_data.forget import forget_user as delete_user_data
from voices_tools.ops.user_data.import_favorites import FavoritesImport, Outcome, Report
from voices_tools.ops.verify import report as verify_report
from voices_tools.ops.verify.verification import verify as compare_with_log


def status(target: Target, options: Namespace) -> int:
    """Show the status of the queues and the usage log."""
    found = service_status.read_status(target, options.sample)
    if options.json:
        print(to_json_line(service_status.to_object(found)))
    else:
        print(*service_status.to_lines(found), sep="\n")
    return 0 if found.is_fine else 1


def redrive(target: Target, options: Namespace) -> int:
    """Send dead-letter messages back to the usage queue."""
    done = dead_letters.redrive(
        target,
        max_messages=options.max,
        include_all=options.all,
        dry_run=options.dry_run,
        per_second=options.velocity,
        progress=Progress(),
    )
    sent = "would send" if options.dry_run else "sent"
    print(f"{sent} {pluralize(done.sent, 'message')} back to the queue")
    for reason, number in sorted(done.kept.items(), key=lambda kept: kept[0].value):
        print(f"kept {number:,} in the dead-letter queue: {reason.value}")
    if done.failed_again:
        raise CommandError(
            "a message that was just sent back has failed again: fix the cause first "
            "(UsageFailing in docs/how-to/operate.md), then run this command again"
        )
    return 0


def apply(target: Target, _: Namespace) -> int:
    """Apply pending log entries."""
    before = apply_pending(target, Progress())
    if before.pending_since is None:
        print("nothing was pending")
    else:
        print(f"applied {pluralize(before.pending, 'entry')}, up to entry {before.head.seq:,}")
    return 0


def verify(target: Target, options: Namespace) -> int:
    """Compare projections with the usage log."""
    found = compare_with_log(
        target,
        Progress(),
        units_per_second=options.rate,
        nobody_forgotten=options.nobody_forgotten,
    )
    if options.json:
        print(to_json_line(verify_report.to_object(found)))
    else:
        print(*verify_report.to_lines(found), sep="\n")
    return 1 if found.differences else 0


def export_user(target: Target, options: Namespace) -> int:
    """Write the data about a user in the table."""
    number = 0
    with open_output(options.output) as output:
        for row in export.export_user(target.table, options.user, Progress()):
            print(to_json_line(row), file=output)
            number += 1
    place = "" if options.output is None else f" to {escape_text(str(options.output))}"
    print(
        f"wrote {pluralize(number, 'line')}{place}; "
        "usage events that still wait in a queue are not included",
        file=sys.stderr,
    )
    return 0


def forget_user(target: Target, options: Namespace) -> int:
    """Delete a user's favorites and recent voices."""
    stored = export.summarize_user(target.table, options.user, Progress())
    print(f"favorites      {stored.favorites:,}")
    print(f"recent voices  {stored.recents:,}")
    print(f"usage log      {pluralize(stored.events, 'usage event')}")
    if stored.kept_until is not None:
        print(
            f"               expire by {to_iso(stored.kept_until)}; "
            "DynamoDB deletes them within days after that"
        )
    if options.dry_run:
        print("nothing was changed")
        return 0
    if not options.yes:
        _confirm(options.user)
    apply_pending(target, Progress())  # pending entries would recreate recent voices later
    delete_user_data(target.table, options.user, Progress())
    print(
        "Favorites and recent voices are deleted. Usage events in the log expire as shown above.\n"
        "Counts are kept, because they contain no user id. A usage event that still waits in a\n"
        "queue creates recent voices again: repeat this command when no message waits (see\n"
        "`status`)."
    )
    return 0


def import_favorites(target: Target, options: Namespace) -> int:
    """Add favorites from JSON lines."""
    report = Report(options.from_line)
    importing = FavoritesImport(
        target.table,
        target.clock,
        options.limit or target.names.max_favorites,
        lambda problem: print(problem, file=sys.stderr),
    )
    with open_input(options.file) as file:
        numbered = enumerate(file, start=1)
        lines = ((number, line) for number, line in numbered if number >= options.from_line)
        try:
            importing.run(lines, report, dry_run=options.dry_run, progress=Progress())
        except BaseException:
            print(
                f"the import is incomplete: continue with --from-line {report.next_line}",
                file=sys.stderr,
            )
            raise
    added, present, refused = (report.outcomes[outcome] for outcome in Outcome)
    print(f"{'would add' if options.dry_run else 'added'} {pluralize(added, 'favorite')}")
    print(f"already present: {present:,}")
    print(f"refused: {refused:,}")
    return 1 if refused else 0


def _confirm(user_id: str) -> None:
    if not sys.stdin.isatty():
        raise CommandError(
            "stdin is not a terminal, so deletion cannot be confirmed: "
            "give --yes to delete, or --dry-run to change nothing"
        )
    if input(f"Type the user's id ({escape_text(user_id)}) to delete the data: ") != user_id:
        raise CommandError("this is another id, so nothing was changed: run this command again")
