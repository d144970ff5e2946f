"""Property lists as fictional devices would send them, written by plistlib, a second opinion."""

import plistlib
from typing import Any

UDID = "00008030-001A2B3C4D5E802E"
COMMAND_UUID = "6F0C0E1E-5A0C-4E2B-9B39-0E5B0B1C8A11"

ACKNOWLEDGED: dict[str, Any] = {
    "CommandUUID": COMMAND_UUID,
    "Status": "Acknowledged",
    "UDID": UDID,
}

TOKEN_UPDATE: dict[str, Any] = {
    "MessageType": "TokenUpdate",
    "UDID": UDID,
    "Topic": "com.apple.mgmt.External.beispiel",
    "PushMagic": COMMAND_UUID,
    "Token": bytes(range(32)),
    "AwaitingConfiguration": True,
}

APP_LIST: dict[str, Any] = {
    **ACKNOWLEDGED,
    "InstalledApplicationList": [
        {
            "Identifier": f"de.beispiel.app{i}",
            "Name": f"Prüfung & Übung {i}",
            "BundleSize": 1000 + i,
        }
        for i in range(5)
    ],
    "BatteryLevel": 0.75,
}

MESSAGES = [plistlib.dumps(message) for message in (ACKNOWLEDGED, TOKEN_UPDATE, APP_LIST)]


def plist(inner: str) -> bytes:
    """Wrap the inside of a property list as devices do."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN"'
        ' "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
        f'<plist version="1.0">{inner}</plist>\n'
    ).encode()


def one_value(inner: str) -> bytes:
    """Wrap one value as the value of the key K."""
    return plist(f"<dict><key>K</key>{inner}</dict>")
