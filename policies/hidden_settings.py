"""Whether a wish hides the Settings app, so that nobody at the iPad can join a network.

It may be meant so, for an exam; people are told before it happens and wherever it is explained.
Not here: which lists of apps do so (profiles.declarations.configurations.app_settings).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policies.blueprint import DeclarationSetting, Setting
from policies.wishes import WantedDeclaration, Wish
from profiles.declarations.configurations import app_settings
from profiles.declarations.json_form import read_object
from profiles.errors import InvalidPayload


def hides_settings(settings: Iterable[Setting]) -> bool:
    """Whether one of the settings of a blueprint hides it."""
    return any(
        _hides(setting.declaration_type, setting.payload)
        for setting in settings
        if isinstance(setting, DeclarationSetting)
    )


def wish_hides_settings(wish: Wish | None) -> bool:
    """Whether a wish hides it; None never does."""
    if not isinstance(wish, WantedDeclaration) or wish.declaration_type != app_settings.TYPE:
        return False
    return _hides(wish.declaration_type, read_object(wish.content, "Payload"))


def _hides(declaration_type: str, payload: Mapping[str, object]) -> bool:
    if declaration_type != app_settings.TYPE:
        return False
    try:
        return app_settings.read(payload).hides_settings
    except InvalidPayload:
        # Lists that allow nothing at all are told of elsewhere, and never reach an iPad.
        return False
