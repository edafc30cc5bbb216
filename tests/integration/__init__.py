"""Tests of the real code on a real engine."""

import pytest

pytest.register_assert_rewrite("tests.support.deployment")
