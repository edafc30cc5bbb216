"""Run one history of real worker processes on an emulator. Only the queue is a model."""

from __future__ import annotations

import random
import time
from collections import Counter
from multiprocessing.connection import wait
from typing import Any

from voices_core.bootstrap import clock
from voices_tools.simulator.aws.items import key_of
from voices_tools.simulator.aws.queue_model import VISIBILITY_TIMEOUT_MS, Message, QueueModel
from voices_tools.simulator.aws.values import Item
from voices_tools.simulator.histories.clients import report_event
from voices_tools.simulator.oracle import stored_items
from voices_tools.simulator.oracle.oracle import Oracle
from voices_tools.simulator.oracle.violation import Violation
from voices_tools.simulator.plans.plan import ReportEvent
from voices_tools.simulator.plans.poison_messages import POISON_MESSAGES
from voices_tools.simulator.real_processes.workers import (
    FailedInvocation,
    Worker,
    WorkerPool,
    open_table,
)

MIN_KILLS, MAX_KILLS = 3, 8
_MAX_DELAY_S = 0.06  # before a worker is killed; a batch takes about this time
_REPLY_TIMEOUT_S = 60.0


class History:
    """Usage events, deliveries and kills. Each history has its own table.

    The seed decides which messages are sent and when processes are killed. It does not decide how
    the processes interleave. At the end, the oracle checks the content of the table.
    """

    def __init__(self, pool: WorkerPool, seed: int) -> None:
        self._pool = pool
        self._table = open_table(f"history-{seed}", pool.endpoint, pool.client)
        self._rng = random.Random(seed)
        self._queue_lead_ms = 0  # how far the queue's clock is ahead of real time
        self._queue = QueueModel(lambda: clock() + self._queue_lead_ms, self._rng)
        self._items: dict[tuple[str, str], Item] = {}
        self._oracle = Oracle(lambda pk, sk: self._items.get((pk, sk)))
        self._kills_left = self._rng.randint(MIN_KILLS, MAX_KILLS)

    def run(self) -> None:
        """Run the history and delete its table. Raises Violation."""
        self._table.create()
        self._run()
        self._table.log_entry.delete_table()
        self._pool.totals["histories"] += 1

    def _run(self) -> None:
        for number in range(self._rng.randint(20, 30)):
            self._report(number)
        self._queue.send(POISON_MESSAGES["invalid JSON"])
        while self._kills_left:
            if not self._queue.waiting:
                self._report(self._rng.randrange(100, 999))
            self._step()
            self._check_sometimes()
        for _ in range(2):
            self._deliver_everything()
            self._queue.redrive()
        self._deliver_everything()
        self._check_end()

    def _report(self, number: int) -> None:
        rng = self._rng
        event = ReportEvent(
            client=0,
            voice=f"voice-{int(5 * rng.random() ** 2)}",
            user=rng.choice((None, "user-0", "user-1")),
            context=rng.choice((None, "call")),
            event_id=f"event-{number // 2}" if number % 8 < 2 else None,
        )
        bodies = report_event(event, at=clock(), new_id=rng.randbytes(16))
        for body in bodies * rng.choice((1, 1, 1, 2)):
            self._queue.send(body)
            message_id = stored_items.message_event_id(body)
            self._oracle.accepted.accept(
                (event.user, event.voice, event.event_id) if event.event_id else message_id,
                message_id,
                voice=event.voice,
                user=event.user,
                copy=(stored_items.message_at(body), event.context, event.agent),
                now=clock(),
            )
        self._pool.totals["events"] += 1

    def _deliver_everything(self) -> None:
        while self._queue.waiting or self._busy():
            self._step()

    def _busy(self) -> list[Worker]:
        return [worker for worker in self._pool.workers if worker.batch is not None]

    def _step(self) -> None:
        """Deliver a batch, or wait for the next reply or kill."""
        idle = [worker for worker in self._pool.workers if worker.batch is None]
        if idle and (batch := self._queue.receive(self._rng.choice((3, 8, 30)))):
            for worker in self._rng.sample(idle, self._rng.randint(1, len(idle))):
                self._invoke(worker, batch)
            return
        busy = self._busy()
        if not busy:
            self._queue_lead_ms += VISIBILITY_TIMEOUT_MS + 1
            return
        if idle and self._rng.random() < 0.1:
            self._queue_lead_ms += VISIBILITY_TIMEOUT_MS + 1  # redeliver the batches in progress
        self._wait_for(busy)

    def _invoke(self, worker: Worker, batch: list[Message]) -> None:
        worker.batch = batch
        self._pool.totals["invocations"] += 1
        if self._kills_left and self._rng.random() < 0.5:
            worker.killed_at = time.monotonic() + self._rng.random() * _MAX_DELAY_S
        messages = {message.id: message.body for message in batch}
        worker.pipe.send((self._table.log_entry.Meta.table_name, messages))

    def _wait_for(self, busy: list[Worker]) -> None:
        kills = [worker.killed_at for worker in busy if worker.killed_at is not None]
        timeout_s = max(0.0, min(kills) - time.monotonic()) if kills else _REPLY_TIMEOUT_S
        replied = wait([worker.pipe for worker in busy], timeout_s)
        if not replied and not kills:
            raise Violation(f"no worker has replied within {_REPLY_TIMEOUT_S:.0f} s")
        for worker in busy:
            if worker.pipe in replied:
                self._handle_reply(worker)
            elif worker.killed_at is not None and worker.killed_at <= time.monotonic():
                self._pool.kill(worker)
                self._pool.totals["killed"] += 1
                self._kills_left = max(0, self._kills_left - 1)

    def _handle_reply(self, worker: Worker) -> None:
        reply, batch = worker.pipe.recv(), worker.batch or []
        worker.batch, worker.killed_at = None, None
        if isinstance(reply, FailedInvocation):
            self._pool.totals["failed"] += 1
            if not reply.is_contention:
                raise Violation(f"a worker failed without a reason: {reply.error}")
            reply = [message.id for message in batch]
        is_lost = self._rng.random() < 0.1 and self._kills_left > 0
        self._pool.totals["deletions lost"] += is_lost
        self._queue.reply(batch, reply, is_lost=is_lost)

    def _check_sometimes(self) -> None:
        """Check during the history that no count exceeds the number of accepted usage events."""
        if self._rng.random() < 0.7:
            return
        accepted = Counter(event.voice for event in self._oracle.accepted.by_id.values())
        for item in self._scan():
            pk, sk = key_of(item)
            counts = [(pk[6:], stored_items.usage_count(item))] if sk == "COUNT" else []
            if pk == "LEADERBOARD":
                counts = stored_items.leaderboard(item)
            for voice, count in counts:
                if count > accepted[voice]:
                    raise Violation(
                        f"the count of {voice} is {count}, but only {accepted[voice]} are accepted"
                    )

    def _check_end(self) -> None:
        """Let the oracle check the log entries in order, the projections and the checkpoint."""
        self._items = {key_of(item): item for item in self._scan()}
        order = sorted(self._items, key=lambda key: (key[0] != "LOG", key[0] == "CHECKPOINT", key))
        for key in order:
            self._oracle.wrote(key, None, self._items[key])
        dead = [message.body for message in self._queue.dead.values()]
        self._oracle.ended(dead, clock())

    def _scan(self) -> list[dict[str, Any]]:
        name = self._table.log_entry.Meta.table_name
        pages = self._pool.client.get_paginator("scan")
        found = pages.paginate(TableName=name, ConsistentRead=True)
        return [item for page in found for item in page["Items"]]
