"""The error that reports a broken rule."""

from __future__ import annotations


class Violation(AssertionError):
    """A rule was broken that every history must keep."""
