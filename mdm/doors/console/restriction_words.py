"""The restrictions a page offers, in words: the ones schools ask for most.

Not here: all that there are (profiles.schema), the page (restrictions.py).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from mdm.doors.console.words import Text


@dataclass(frozen=True, slots=True)
class Choice:
    """One box to tick. key: as Apple spells it. value: what it is set to when ticked."""

    key: str
    value: bool
    text: Text
    hint: Text = ""


CHOICES = (
    Choice("allowUIAppInstallation", False, _l("No App Store"), _l("Apps come from us only.")),
    Choice("allowAppRemoval", False, _l("No removing of apps")),
    Choice("allowInAppPurchases", False, _l("No purchases in apps")),
    Choice("allowExplicitContent", False, _l("No explicit music, videos and podcasts")),
    Choice("allowCamera", False, _l("No camera"), _l("No FaceTime either.")),
    Choice("allowScreenShot", False, _l("No screenshots and screen recordings")),
    Choice("allowAirDrop", False, _l("No AirDrop")),
    Choice("allowAssistant", False, _l("No Siri")),
    Choice("allowAccountModification", False, _l("No changing of accounts")),
    Choice("allowDeviceNameModification", False, _l("No changing of the iPad's name")),
    Choice("allowWallpaperModification", False, _l("No changing of the wallpaper")),
    Choice("allowVPNCreation", False, _l("No VPN of their own")),
    Choice(
        "allowUIConfigurationProfileInstallation", False, _l("No installing of profiles by hand")
    ),
    Choice(
        "allowEraseContentAndSettings",
        False,
        _l("No erasing in Settings"),
        _l("You can still erase it from here."),
    ),
    Choice("forceAutomaticDateAndTime", True, _l("Date and time set automatically")),
)


def chosen_of(values: Mapping[str, Any]) -> set[str]:
    """Which boxes these restrictions tick."""
    return {choice.key for choice in CHOICES if values.get(choice.key) == choice.value}


def others_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """What these restrictions hold that no box stands for."""
    ours = {choice.key for choice in CHOICES}
    return {key: value for key, value in values.items() if key not in ours}


def values_of(chosen: Collection[str]) -> dict[str, bool]:
    """The restrictions that these boxes stand for."""
    return {choice.key: choice.value for choice in CHOICES if choice.key in chosen}
