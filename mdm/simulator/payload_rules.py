"""Which payloads an iPad takes, and how many of each.

Here: the table of types, and the judgement about one profile beside those installed. Not here:
the keys of a payload (profiles.schema), the profiles themselves (installed_profiles).

source: Apple, "Profile-specific payload keys"; Apple, MDM error codes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from mdm.simulator.errors import DeviceError
from mdm.simulator.hardware import Hardware
from profiles.commands.error_codes import INSTALLATION
from profiles.configuration_profile import ConfigurationProfile, Payload
from profiles.plist import PlistDict
from profiles.schema.os_version import OsVersion
from profiles.schema.reader import problems_in
from profiles.schema.tables import payload_types

# Type without its prefix, first iPadOS, channels of a Shared iPad, and
# sup: supervised only; one: at most one on a device.
_TABLE = """
wifi.managed                    4      D
applicationaccess               4      DU
mobiledevice.passwordpolicy     4      -
app.lock                        6      D   sup one
education                       9.3    D   one
homescreenlayout                9.3    DU  sup one
notificationsettings            9.3    DU  sup one
webcontent-filter               7      D
dnsSettings.managed             14     D
dnsProxy.managed                11     D   one
proxy.http.global               6      D   sup one
relay.managed                   17     D
vpn.managed                     4      D
vpn.managed.applayer            7      D
webClip.managed                 4      U
security.root                   4      D
security.pkcs1                  4      D
security.pem                    4      D
security.pkcs12                 4      D
security.scep                   4      D
security.acme                   16     D
security.certificatetransparency 12.1.1 D
security.certificaterevocation  14.2   D
airplay                         7      D
airprint                        7      D
shareddeviceconfiguration       9.3    D   sup one
networkusagerules               9      D   one
ldap.account                    4      U
mail.managed                    4      U
caldav.account                  4      U
carddav.account                 4      U
eas.account                     4      U
google-oauth                    9.3    U
subscribedcalendar.account      4      U
extensiblesso                   13     U
sso                             7      -   one
font                            7      U
domains                         8      DU  one
cellular                        7      D   one
apn.managed                     4      D   one
cellularprivatenetwork.managed  17     D
tvremote                        11.3   DU  sup one
profileRemovalPassword          4      -   sup one
SetupAssistant.managed          14     D   sup one
mdm                             4      D   one
"""
_CODES_OF_SECOND = {
    "com.apple.proxy.http.global": 4017,
    "com.apple.apn.managed": 4018,
    "com.apple.app.lock": 4019,
    "com.apple.homescreenlayout": 4028,
    "com.apple.notificationsettings": 4029,
}
_FAILED = 4001
_NOT_SUPERVISED = 4025
_NOT_ON_SHARED_IPAD = 4030
# Keys of payloads that name another payload of the same profile by its UUID.
_REFERENCES = ("PayloadCertificateUUID", "IdentityCertificateUUID")
# An unknown key is passed over by devices; any other problem makes them refuse.
_FORGIVEN = "is not a known key"


@dataclass(frozen=True, slots=True)
class PayloadRule:
    """One type of payload. channels: of a Shared iPad, D and U."""

    payload_type: str
    since: OsVersion
    channels: str
    is_supervised_only: bool
    is_single: bool


def _rule(line: str) -> PayloadRule:
    name, since, channels, *flags = line.split()
    return PayloadRule(
        f"com.apple.{name}", OsVersion.parse(since), channels, "sup" in flags, "one" in flags
    )


RULES = {rule.payload_type: rule for rule in map(_rule, _TABLE.strip().splitlines())}


def content_of(payload: Payload) -> PlistDict:
    """Take the keys of a payload that was read from the wire."""
    return cast(PlistDict, payload.content)


def check_payloads(
    profile: ConfigurationProfile,
    others: Iterable[ConfigurationProfile],
    hardware: Hardware,
    *,
    on_user_channel: bool,
) -> None:
    """Refuse a profile as an iPad does: one bad payload, and nothing of it is installed.

    others: the profiles that stay beside it.
    raises: DeviceError.
    """
    taken = {payload.type for other in others for payload in other.payloads}
    for payload in profile.payloads:
        rule = RULES.get(payload.type)
        if rule is None or hardware.version < rule.since:
            raise DeviceError(INSTALLATION, _FAILED, f"unknown payload {payload.type}")
        _check_place(rule, hardware, on_user_channel)
        if rule.is_single and payload.type in taken:
            code = _CODES_OF_SECOND.get(payload.type, _FAILED)
            raise DeviceError(INSTALLATION, code, f"only one {payload.type} is possible")
        _check_content(payload)
        _check_references(payload, {one.uuid for one in profile.payloads})


def _check_place(rule: PayloadRule, hardware: Hardware, on_user_channel: bool) -> None:
    if rule.is_supervised_only and not hardware.is_supervised:
        raise DeviceError(INSTALLATION, _NOT_SUPERVISED, f"{rule.payload_type} needs supervision")
    channel = "U" if on_user_channel else "D"
    if hardware.is_shared and channel not in rule.channels:
        raise DeviceError(INSTALLATION, _NOT_ON_SHARED_IPAD, f"{rule.payload_type} not here")


def _check_content(payload: Payload) -> None:
    if payload.type not in payload_types():
        return
    for problem in problems_in(payload.type, payload.content):
        if problem.problem != _FORGIVEN:
            raise DeviceError(INSTALLATION, _FAILED, f"{problem.field} {problem.problem}")


def _check_references(payload: Payload, uuids: set[str]) -> None:
    for key in _REFERENCES:
        if key in payload.content and payload.content[key] not in uuids:
            raise DeviceError(INSTALLATION, _FAILED, f"{key} names no payload of this profile")
