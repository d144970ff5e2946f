"""Profiles to install, and the settings in them."""

from typing import Any

from profiles.configuration_profile import ConfigurationProfile, Payload, with_content_uuid
from profiles.payloads.wifi import Personal, WifiNetwork, wifi_payload

WIFI_ID = "de.beispielstadt.klassensatz.wifi"
RESTRICTIONS_ID = "de.beispielstadt.klassensatz.restrictions"


def a_profile(identifier: str, *payloads: Payload) -> ConfigurationProfile:
    uuid = "4D1F3F0A-0000-4000-8000-000000000001"
    return with_content_uuid(ConfigurationProfile(identifier, uuid, "Profil", payloads))


def a_payload(payload_type: str, **content: Any) -> Payload:
    name = payload_type.rpartition(".")[2]
    uuid = f"4D1F3F0A-0000-4000-8000-{len(payload_type):012d}"
    return Payload(payload_type, f"de.beispielstadt.{name}", uuid, name, content)


def a_wifi_profile(ssid: str = "Schule", password: str = "geheim-genug") -> ConfigurationProfile:
    network = WifiNetwork(ssid, Personal(password))
    return a_profile(WIFI_ID, wifi_payload(network, f"{WIFI_ID}.1"))


def a_restriction_profile(identifier: str = RESTRICTIONS_ID, **keys: Any) -> ConfigurationProfile:
    return a_profile(identifier, a_payload("com.apple.applicationaccess", **keys))
