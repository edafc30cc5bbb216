"""Run a handler as Lambda does, with a context object for each invocation.

`make run` starts a separate process for each function, because Powertools keeps its logger and
metrics in globals. These globals are not thread-safe, so callers invoke a function with one Lambda
event at a time.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from voices_tools.emulator_access import REGION

ACCOUNT = "123456789012"

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class LambdaContext:
    """The context object that Lambda passes to a handler for one invocation."""

    function_name: str
    memory_limit_in_mb: int
    deadline: float  # a time of the monotonic clock
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    log_stream_name: str = "local"

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.deadline - time.monotonic()) * 1000))


@dataclass(frozen=True)
class Function:
    """A handler and its limits. The handler can read the limits, but nothing enforces them."""

    name: str
    handler: Handler
    timeout_s: float
    memory_mb: int

    def invoke(self, event: dict[str, Any]) -> Any:
        """Invoke the handler, and return its result. Exceptions of the handler are not caught."""
        deadline = time.monotonic() + self.timeout_s
        return self.handler(event, LambdaContext(self.name, self.memory_mb, deadline))
