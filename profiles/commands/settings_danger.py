"""Which items of the Settings command need care."""

from collections.abc import Mapping

from profiles import plist
from profiles.commands.risk import NO_RISK, Risk
from profiles.commands.vocabulary import Danger

_LOCKABLE = "ActivationLockAllowedWhileSupervised"
_REASONS = {
    "Bluetooth": "Keyboards, pencils and hearing aids may lose their connection.",
    "DataRoaming": "Mobile data abroad may cost money, or end.",
    "VoiceRoaming": "Calls abroad may cost money, or end.",
    "PersonalHotspot": "Others may lose their connection, or use up mobile data.",
    "MaximumResidentUsers": "It can be changed only by erasing the device.",
    "SharedDeviceConfiguration": "Sizes can be changed only by erasing the device.",
    "AccessibilitySettings": "A person who needs the setting may lose it.",
}


def settings_risk(parameters: Mapping[str, plist.PlistValue]) -> Risk:
    """Judge a Settings command by its most dangerous item."""
    items = parameters.get("Settings")
    for item in items if isinstance(items, list) else []:
        reason = _reason(item) if isinstance(item, dict) else None
        if reason is not None:
            return Risk(Danger.DISRUPTIVE, reason)
    return NO_RISK


def _reason(item: Mapping[str, plist.PlistValue]) -> str | None:
    options = item.get("MDMOptions")
    if isinstance(options, dict) and options.get(_LOCKABLE) is True:
        return "The device can be locked to a pupil's own Apple Account."
    name = item.get("Item")
    return _REASONS.get(name) if isinstance(name, str) else None
