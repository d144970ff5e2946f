"""Check-in messages as an iPad sends them, with only what matters given."""

from profiles import plist

UDID = "00008030-001A2B3C4D5E6F70"
TOPIC = "com.apple.mgmt.External.11111111-2222-3333-4444-555555555555"


def message(message_type: str, **keys: plist.WritableValue) -> bytes:
    return plist.write({"MessageType": message_type, "UDID": UDID, **keys})


def authenticate(**keys: plist.WritableValue) -> bytes:
    return message("Authenticate", **{"Topic": TOPIC, **keys})


def token_update(**keys: plist.WritableValue) -> bytes:
    usual: dict[str, plist.WritableValue] = {
        "Topic": TOPIC,
        "Token": b"\x01" * 32,
        "PushMagic": "magic-1",
    }
    return message("TokenUpdate", **{**usual, **keys})
