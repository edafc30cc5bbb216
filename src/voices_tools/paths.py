"""Folders of the project that several tools use."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_STATE_DIR = ROOT / ".voices"  # where `make run` keeps its state
