"""Tests of the real code on the local emulator."""

import pytest

pytest.register_assert_rewrite("tests.support.deployment")
