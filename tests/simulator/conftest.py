"""The emulator that the table model is compared with."""

from __future__ import annotations

from tests.integration.conftest import deployments, local_emulator

__all__ = ["deployments", "local_emulator"]
