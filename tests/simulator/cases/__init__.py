"""Conformance cases: calls that the table model must answer like the emulators.

`test_table_model.py` compares replies, error codes and consumed capacity.
"""

from __future__ import annotations

from tests.simulator.cases import (
    conditions,
    costs,
    limits,
    reads,
    transactions,
    updates,
)

CASES = (
    *conditions.CASES,
    *updates.CASES,
    *limits.CASES,
    *reads.CASES,
    *costs.CASES,
    *transactions.CASES,
)
