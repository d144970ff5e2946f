"""What installing or removing a profile can break, judged by what is inside.

The text is searched, not parsed: a word found too often costs a question, while a word missed
costs a school its Wi-Fi. References such as `&#99;` are resolved first, so that nothing hides
behind them. What cannot be read is judged as dangerous as its content might be.
"""

import html
from collections.abc import Collection, Mapping

from profiles import cms, plist
from profiles.commands.risk import NO_RISK, Risk
from profiles.commands.vocabulary import Danger
from profiles.errors import CmsError

MDM_PAYLOAD = "com.apple.mdm"

_CRITICAL = {
    MDM_PAYLOAD: "It replaces the management profile itself.",
    "com.apple.wifi.managed": "A mistake in the Wi-Fi settings puts the device out of reach.",
    "com.apple.app.lock": "The device is locked into one app.",
    "com.apple.proxy.http.global": "A wrong proxy puts the device out of reach.",
}
_CRITICAL_WORDS = {
    **_CRITICAL,
    "forceWiFiToAllowedNetworksOnly": "Only the profiles' Wi-Fi networks stay usable.",
    "forceWiFiWhitelisting": "Only the profiles' Wi-Fi networks stay usable.",
    "EncryptedPayloadContent": "What the profile contains cannot be seen.",
}


def install_risk(parameters: Mapping[str, plist.PlistValue]) -> Risk:
    """Judge an InstallProfile by the bytes of its profile."""
    payload = parameters.get("Payload")
    if not isinstance(payload, bytes):
        return NO_RISK
    text = _text(payload)
    for word, reason in _CRITICAL_WORDS.items():
        if word in text:
            return Risk(Danger.DISRUPTIVE, reason)
    if "PayloadContent" not in text:
        return Risk(Danger.DISRUPTIVE, "What the profile contains cannot be seen.")
    return NO_RISK


def _text(payload: bytes) -> str:
    """Show the property list inside, also of a signed profile; empty if there is none."""
    if not payload.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        try:
            payload = cms.read_signed(payload, max_bytes=len(payload)).content or b""
        except CmsError:
            return ""
    return html.unescape(payload.decode("latin-1"))


def removal_risk(payload_types: Collection[str] | None) -> Risk:
    """Judge a RemoveProfile by the types of the payloads that go.

    payload_types: None: not known, and judged as if it were the MDM profile.
    """
    if payload_types is None or MDM_PAYLOAD in payload_types:
        return Risk(
            Danger.DESTRUCTIVE, "Without its management profile the device leaves the school."
        )
    if any(payload_type in _CRITICAL for payload_type in payload_types):
        return Risk(Danger.DISRUPTIVE, "The device may lose its network.")
    return NO_RISK
