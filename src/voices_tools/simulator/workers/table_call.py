"""A worker's call to the table, with methods for faults that change the call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from voices_tools.simulator.aws.errors import error_code
from voices_tools.simulator.aws.items import key_in
from voices_tools.simulator.workers.threads import SimulatedThread
from voices_tools.simulator.workers.worker import Worker

if TYPE_CHECKING:
    from voices_tools.simulator.workers.scheduler import Workers


@dataclass(slots=True)
class TableCall:
    """A call that a thread of a worker wants to make."""

    workers: Workers
    worker: Worker
    thread: SimulatedThread
    operation: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"  {self.worker.number}: {_describe(self.operation, self.arguments)}"

    def send(self, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
        """Let the table execute the call and return its reply. Raises ClientError."""
        return self.workers.execute(self.worker, self.operation, arguments or self.arguments)

    def send_without_reply(self) -> None:
        """Let the table execute the call, and lose the reply."""
        try:
            self.send()
        except ClientError as error:
            self.workers.state.trace(f"      {error_code(error)}, but the reply is lost")

    def answer(self) -> None:
        """Let the table execute the call, and give the reply to the worker."""
        try:
            reply = self.send()
        except ClientError as error:
            self.workers.state.trace(f"      {error_code(error)}")
            self.fail(error)
        else:
            self.thread.resume(reply)

    def fail(self, error: Exception) -> None:
        """Raise an error in the worker."""
        self.thread.resume(error=error)

    def kill_worker(self) -> None:
        """End the worker's process."""
        self.workers.state.trace(f"worker {self.worker.number} is killed")
        self.worker.end_process()

    def postpone(self) -> None:
        """Let the table execute the call later."""
        self.workers.postponed.append(self)

    def reject_similar(self, code: str) -> None:
        """Let later calls of this operation fail, in all workers.

        At random, this affects calls for any item, or only calls for the same item.
        """
        key = key_in(self.arguments) if self.workers.state.rng.random() < 0.5 else None
        self.workers.rejected.append((self.operation, key, code))

    def read_first_half(self) -> None:
        """Read a page, and plan a second read. `read_second_half` joins the results."""
        self.thread.first_half = self.send()
        self.thread.call = self.operation, self.arguments
        self.worker.pace = 0.1

    def read_second_half(self, first: dict[str, Any]) -> None:
        """Read the page again. Return the first items of `first`, and then items of this read."""
        self.thread.first_half = None
        second = self.send()
        halves = [{item["sk"]["S"]: item for item in half["Items"]} for half in (first, second)]
        is_forward = self.arguments.get("ScanIndexForward", True)
        order = sorted(halves[0].keys() | halves[1].keys(), reverse=not is_forward)
        if (last := second.get("LastEvaluatedKey")) is not None:
            order = order[: order.index(last["sk"]["S"]) + 1]
        middle = self.workers.state.rng.randint(0, len(order))
        found = [halves[place >= middle].get(sk) for place, sk in enumerate(order)]
        items = [item for item in found if item is not None]
        self.workers.state.trace(f"{self}, torn page: {[item['sk']['S'] for item in items]}")
        count = len(items)
        self.thread.resume({**second, "Items": items, "Count": count, "ScannedCount": count})


def _describe(operation: str, arguments: dict[str, Any]) -> str:
    key = key_in(arguments)
    if key is not None:
        return f"{operation} {' '.join(key)}"
    if operation == "Query":
        order = "ascending" if arguments.get("ScanIndexForward", True) else "descending"
        bounds = [value["S"] for value in arguments["ExpressionAttributeValues"].values()]
        return f"{operation} {' '.join(bounds)} {order}"
    ((_, request),) = arguments["RequestItems"].items()
    return f"{operation} of {sorted(key['pk']['S'] for key in request['Keys'])}"
