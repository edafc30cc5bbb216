"""The campaign on a real engine: worker processes that run at once and are killed, table and all.

    python -m voices_tools.simulator.real ENDPOINT --histories 200

Only the queue is the model. What the table holds in the end is put before the same oracle. A run is
no function of its seed, which decides on what is sent, and on when processes are killed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import secrets
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from pynamodb.exceptions import PynamoDBException

from voices_core.bootstrap import clock
from voices_core.settings import TableSettings
from voices_core.storage.table import Table
from voices_core.usage.aggregator import Aggregator
from voices_core.usage.projections import Contention
from voices_tools.simulator import poison, stored
from voices_tools.simulator.items import key_of
from voices_tools.simulator.oracle import Oracle, Violation
from voices_tools.simulator.plan import Use
from voices_tools.simulator.queue_model import (
    VISIBILITY,
    Message,
    QueueModel,
)
from voices_tools.simulator.sending import send

WORKERS = 3
FEWEST_KILLS, MOST_KILLS = 3, 8
_LONGEST = 0.06  # seconds until a kill: about as long as a batch takes
_SECONDS = 60.0  # within which a worker answers
_FORK = multiprocessing.get_context("fork")


def open_table(name: str, endpoint: str, client: Any = None) -> Table:
    table = Table(TableSettings(name, "us-east-1", endpoint))
    if client is not None:
        table.connection._client = client
    return table


def serve(pipe: Connection, endpoint: str, client: Any) -> None:
    """A worker's process: an aggregator for each table, which counts what the pipe brings."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    name, aggregator = "", None
    while True:
        table, messages = pipe.recv()
        if table != name or aggregator is None:
            name, aggregator = table, Aggregator(open_table(table, endpoint, client), clock=clock)
        try:
            pipe.send(aggregator.aggregate(messages).failed)
        except (PynamoDBException, Contention) as error:  # as the handler has it
            pipe.send(repr(error))


@dataclass(slots=True)
class Worker:
    """A process, the batch that it counts, and when it will be killed."""

    process: BaseProcess
    pipe: Connection
    batch: list[Message] | None = None
    killed_at: float | None = None


class Campaign:
    """Workers that stay warm from history to history, but for those that are killed."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        # Never called in this process: each worker inherits it without a connection.
        self._client: Any = open_table("any", endpoint).connection.client
        self._own: Any = open_table("any", endpoint).connection.client
        self.totals: Counter[str] = Counter()
        self.workers = [self._start() for _ in range(WORKERS)]

    def _start(self) -> Worker:
        ours, theirs = _FORK.Pipe()
        arguments = (theirs, self._endpoint, self._client)
        process = _FORK.Process(target=serve, args=arguments, daemon=True)
        process.start()
        theirs.close()
        return Worker(process, ours)

    def history(self, seed: int) -> None:
        """Raises Violation."""
        table = open_table(f"history-{seed}", self._endpoint, self._own)
        table.create()
        _History(self, table, seed).run()
        table.log_entry.delete_table()
        self.totals["histories"] += 1

    def kill(self, worker: Worker) -> None:
        """End the process at once, and begin another one."""
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self.workers[self.workers.index(worker)] = self._start()

    def stop(self) -> None:
        """End all processes."""
        for worker in self.workers:
            worker.process.kill()
            worker.process.join()


class _History:
    def __init__(self, campaign: Campaign, table: Table, seed: int) -> None:
        self._campaign = campaign
        self._table = table
        self._chosen = random.Random(seed)
        self._ahead = 0  # milliseconds that the queue's clock has been set forward
        self._queue = QueueModel(lambda: clock() + self._ahead, self._chosen)
        self._oracle = Oracle()
        self._kills = self._chosen.randint(FEWEST_KILLS, MOST_KILLS)

    def run(self) -> None:
        """Raises Violation."""
        for number in range(self._chosen.randint(20, 30)):
            self._send(number)
        self._queue.send(poison.KINDS["no JSON"])
        while self._kills:
            if not self._queue.waiting:
                self._send(self._chosen.randrange(100, 999))
            self._go_on()
            self._look()
        for _ in range(2):
            self._finish()
            self._queue.redrive()
        self._finish()
        self._judge()

    def _finish(self) -> None:
        while self._queue.waiting or self._busy():
            self._go_on()

    def _send(self, number: int) -> None:
        chosen = self._chosen
        use = Use(
            sender=0,
            voice=f"voice-{int(5 * chosen.random() ** 2)}",
            user=chosen.choice((None, "user-0", "user-1")),
            context=chosen.choice((None, "call")),
            name=f"name-{number // 2}" if number % 8 < 2 else None,
        )
        bodies = send(use, at=clock(), identifier=chosen.randbytes(16))
        for body in bodies * chosen.choice((1, 1, 1, 2)):
            self._queue.send(body)
            name = stored.message_id(body)
            self._oracle.accept(
                (use.user, use.voice, use.name) if use.name else name,
                name,
                voice=use.voice,
                user=use.user,
                copy=(stored.message_at(body), use.context, use.agent),
                now=clock(),
            )
        self._campaign.totals["events"] += 1

    def _busy(self) -> list[Worker]:
        return [worker for worker in self._campaign.workers if worker.batch is not None]

    def _go_on(self) -> None:
        """Hand a batch out, or take what comes next: a reply, or the moment of a kill."""
        free = [worker for worker in self._campaign.workers if worker.batch is None]
        if free and (batch := self._queue.receive(self._chosen.choice((3, 8, 30)))):
            for worker in self._chosen.sample(free, self._chosen.randint(1, len(free))):
                self._invoke(worker, batch)
            return
        busy = self._busy()
        if not busy:
            self._ahead += VISIBILITY + 1
            return
        if free and self._chosen.random() < 0.1:
            self._ahead += VISIBILITY + 1  # what still is being counted is delivered again
        self._take(busy)

    def _invoke(self, worker: Worker, batch: list[Message]) -> None:
        worker.batch = batch
        self._campaign.totals["invocations"] += 1
        if self._kills and self._chosen.random() < 0.5:
            worker.killed_at = time.monotonic() + self._chosen.random() * _LONGEST
        messages = {message.id: message.body for message in batch}
        worker.pipe.send((self._table.log_entry.Meta.table_name, messages))

    def _take(self, busy: list[Worker]) -> None:
        doomed = [worker for worker in busy if worker.killed_at is not None]
        next_kill = min((worker.killed_at or 0 for worker in doomed), default=None)
        left = _SECONDS if next_kill is None else max(0.0, next_kill - time.monotonic())
        replied = wait([worker.pipe for worker in busy], left)
        if not replied and next_kill is None:
            raise Violation(f"no worker has answered within {_SECONDS:.0f} s")
        for worker in busy:
            if worker.pipe in replied:
                self._reply(worker)
            elif worker.killed_at is not None and worker.killed_at <= time.monotonic():
                self._campaign.kill(worker)
                self._campaign.totals["killed"] += 1
                self._kills = max(0, self._kills - 1)

    def _reply(self, worker: Worker) -> None:
        reply, batch = worker.pipe.recv(), worker.batch or []
        worker.batch, worker.killed_at = None, None
        if isinstance(reply, str):
            self._campaign.totals["failed"] += 1
            if "Contended" not in reply:
                raise Violation(f"a worker failed without a reason: {reply}")
            reply = [message.id for message in batch]
        is_lost = self._chosen.random() < 0.1 and self._kills > 0
        self._campaign.totals["deletions lost"] += is_lost
        self._queue.reply(batch, reply, is_lost=is_lost)

    def _look(self) -> None:
        """What is shown at any moment is no more than what was accepted."""
        if self._chosen.random() < 0.7:
            return
        accepted = Counter(use.voice for use in self._oracle.accepted.values())
        for item in self._items():
            pk, sk = key_of(item)
            shown = [(pk[6:], stored.count(item))] if sk == "COUNT" else []
            if pk == "LEADERBOARD":
                shown = stored.leaderboard(item)
            for voice, count in shown:
                if count > accepted[voice]:
                    raise Violation(f"{count} uses of {voice} are shown, of {accepted[voice]}")

    def _judge(self) -> None:
        """Put what is stored before the oracle: the log in order, then what is made of it."""
        items = {key_of(item): item for item in self._items()}
        self._oracle.read = lambda pk, sk: items.get((pk, sk))
        for key in sorted(items, key=lambda key: (key[0] != "LOG", key[0] == "CHECKPOINT", key)):
            self._oracle.wrote(key, None, items[key])
        dead = [letter.body for letter in self._queue.dead.values()]
        self._oracle.ended(dead, clock())

    def _items(self) -> list[dict[str, Any]]:
        name = self._table.log_entry.Meta.table_name
        pages = self._campaign._own.get_paginator("scan")
        found = pages.paginate(TableName=name, ConsistentRead=True)
        return [item for page in found for item in page["Items"]]


def main() -> int:
    """Returns 1 after a violation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("endpoint")
    parser.add_argument("--histories", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**40))
    arguments = parser.parse_args()
    started = time.monotonic()
    campaign = Campaign(arguments.endpoint)
    try:
        for seed in range(arguments.seed, arguments.seed + arguments.histories):
            try:
                campaign.history(seed)
            except Violation as violation:
                print(f"seed {seed}: {violation}")
                return 1
    finally:
        campaign.stop()
    counts = ", ".join(f"{number} {kind}" for kind, number in campaign.totals.items())
    print(f"{counts} in {time.monotonic() - started:.0f} s, from seed {arguments.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
