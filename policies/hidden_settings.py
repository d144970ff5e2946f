"""Whether a wish hides the Settings app, so that nobody at the iPad can join a network.

It may be meant so, for an exam; people are told before it happens and wherever it is explained.
Not here: which lists of apps do so (profiles.declarations.configurations.app_settings).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from policies.blueprint import DeclarationSetting, Setting
from policies.wishes import WantedDeclaration, WantedProfile, Wish
from profiles.declarations.configurations import app_settings
from profiles.declarations.json_form import read_object
from profiles.errors import InvalidPayload

# The lists of a profile with restrictions, each with the name it had before iOS 15.
# source: Apple, Device Management, Restrictions.
_ALLOWING = ("allowListedAppBundleIDs", "whitelistedAppBundleIDs")
_BLOCKING = ("blockedAppBundleIDs", "blacklistedAppBundleIDs")
_LISTS = frozenset({*_ALLOWING, *_BLOCKING})


def hides_settings(settings: Iterable[Setting]) -> bool:
    """Whether one of the settings of a blueprint hides it."""
    return any(
        _hides(setting.declaration_type, setting.payload)
        for setting in settings
        if isinstance(setting, DeclarationSetting)
    )


def wish_hides_settings(wish: Wish | None) -> bool:
    """Whether a wish hides it; None never does."""
    match wish:
        case WantedProfile():
            restrictions = wish.content.restrictions
            lists = {key: json.loads(value) for key, value in restrictions if key in _LISTS}
            return restrictions_hide_settings(lists)
        case WantedDeclaration(declaration_type=app_settings.TYPE):
            return _hides(wish.declaration_type, read_object(wish.content, "Payload"))
        case _:
            return False


def restrictions_hide_settings(restrictions: Mapping[str, object]) -> bool:
    """Whether the restrictions of a profile hide it. restrictions: by Apple's keys, as in JSON."""
    allowing = [apps for key in _ALLOWING if isinstance(apps := restrictions.get(key), list)]
    blocking = [apps for key in _BLOCKING if isinstance(apps := restrictions.get(key), list)]
    app = app_settings.SETTINGS_APP
    return any(app not in apps for apps in allowing) or any(app in apps for apps in blocking)


def _hides(declaration_type: str, payload: Mapping[str, object]) -> bool:
    if declaration_type != app_settings.TYPE:
        return False
    try:
        return app_settings.read(payload).hides_settings
    except InvalidPayload:
        # Lists that allow nothing at all are told of elsewhere, and never reach an iPad.
        return False
