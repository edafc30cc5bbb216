"""Profiles of Hypothesis. By default, property tests use the same examples in every run.

With `pytest --hypothesis-profile=exploring`, property tests look for new examples.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# All examples of a test use the same fixtures. A slow test is not a failure.
_CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

settings.register_profile(
    "fixed", derandomize=True, deadline=None, max_examples=100, suppress_health_check=_CHECKS
)
settings.register_profile(
    "exploring", deadline=None, max_examples=2000, suppress_health_check=_CHECKS
)
settings.load_profile("fixed")
