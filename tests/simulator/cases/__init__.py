"""What the model of the table must have in common with real engines, case by case.

test_table_model.py compares all answers, and what they cost.
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
