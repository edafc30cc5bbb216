"""The error that reports a broken rule."""

from __future__ import annotations


class Violation(AssertionError):
    """A history broke a rule."""
