"""Profiles somebody made elsewhere, as bytes."""

from typing import Any

from profiles.configuration_profile import ConfigurationProfile, Payload, to_bytes

UUID_1 = "11111111-1111-4111-8111-111111111111"
UUID_2 = "22222222-2222-4222-8222-222222222222"


def a_web_clip(label: str = "Stundenplan", **keys: Any) -> Payload:
    """A payload with a text to be filled in."""
    content = {"Label": label, "URL": "https://plan.beispielstadt.example"}
    return Payload("com.apple.webClip.managed", "de.example.clip", UUID_2, "Clip", content | keys)


def a_mobileconfig(*payloads: Payload, **fields: Any) -> bytes:
    """A profile as another tool writes it."""
    values: dict[str, Any] = {
        "identifier": "de.example.profile",
        "uuid": UUID_1,
        "display_name": "Von Hand",
        "payloads": payloads or (a_web_clip(),),
    }
    return to_bytes(ConfigurationProfile(**(values | fields)))
