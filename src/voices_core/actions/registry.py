"""The actions of the service. To add an action module, list it in `_MODULES`."""

from __future__ import annotations

from collections.abc import Mapping

from voices_core.actions import favorites, popular, recent, track_usage
from voices_core.actions.action import Action

_MODULES = (favorites, popular, recent, track_usage)

ACTIONS: Mapping[tuple[str, str], Action] = {
    (action.resource, action.name): action for module in _MODULES for action in module.ACTIONS
}
