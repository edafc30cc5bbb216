"""A handler as Lambda runs it: each invocation with a context of its own.

`make run` gives each function a process of its own, as the cloud does: Powertools' logger and
metrics are one a process. Neither is safe with threads, so callers invoke one at a time.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from voices_tools.local.emulator import REGION

ACCOUNT = "123456789012"

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class Context:
    """What Lambda tells a function of one invocation."""

    function_name: str
    memory_limit_in_mb: int
    deadline: float  # of the monotonic clock
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
    """A handler, and what the template grants it: told to it, but not enforced."""

    name: str
    handler: Handler
    seconds: float
    megabytes: int

    def invoke(self, event: dict[str, Any]) -> Any:
        """The handler's result; what it raises passes through."""
        deadline = time.monotonic() + self.seconds
        return self.handler(event, Context(self.name, self.megabytes, deadline))
