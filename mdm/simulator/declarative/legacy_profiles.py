"""Profiles that come as declarations.

Here: loading, taking over, removing. Not here: installing a profile (mdm.simulator.installation).

source: Apple, schema "Legacy Profile".
"""

from dataclasses import replace

from mdm.simulator import installed_profiles
from mdm.simulator.declarative.assets import content_of, load
from mdm.simulator.declarative.client import DeclarativeClient
from mdm.simulator.declarative.documents import Declaration
from mdm.simulator.declarative.prepared import Prepared
from mdm.simulator.declarative.reasons import INVALID_CONFIGURATION, NOT_APPLIED, Reason, Refused
from mdm.simulator.errors import DeviceError
from mdm.simulator.exchange import Conversation
from mdm.simulator.installation import Origin, install
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from profiles.configuration_profile import CONTENT_TYPE, ConfigurationProfile

_FORBIDDEN = frozenset({"com.apple.mdm", "com.apple.declarations"})


def prepare(
    ipad: SimulatedIpad, channel: Channel, client: DeclarativeClient, declaration: Declaration
) -> Conversation[Prepared]:
    """Load and read the profile. raises: Refused."""
    body = yield from _body(ipad, client, declaration)
    try:
        profile, _ = installed_profiles.read(body)
    except DeviceError as error:
        raise Refused(Reason(INVALID_CONFIGURATION, error.english)) from error
    forbidden = _FORBIDDEN & {payload.type for payload in profile.payloads}
    if forbidden:
        raise Refused(Reason(INVALID_CONFIGURATION, f"holds {sorted(forbidden)[0]}"))

    def apply() -> Conversation[None]:
        yield from _apply(ipad, channel, declaration, profile, body)

    return Prepared(profile.identifier, apply)


def remove(ipad: SimulatedIpad, channel: Channel, identifier: str, declaration: str) -> None:
    """Remove a profile whose declaration is gone."""
    installed = ipad.profiles.get(identifier, channel.user_name)
    if installed is not None and installed.declaration == declaration:
        ipad.profiles.remove(identifier, channel.user_name)
        ipad.tell_push()


def release(ipad: SimulatedIpad, channel: Channel, identifier: str, declaration: str) -> None:
    """Let go of a profile that another declaration takes over in the same moment."""
    installed = ipad.profiles.get(identifier, channel.user_name)
    if installed is not None and installed.declaration == declaration:
        ipad.profiles.put(replace(installed, declaration=None))


def _body(
    ipad: SimulatedIpad, client: DeclarativeClient, declaration: Declaration
) -> Conversation[bytes]:
    asset = declaration.payload.get("ProfileAssetReference")
    if asset is not None:
        return content_of(client, asset)
    response = yield from load(declaration.payload["ProfileURL"])
    if response.content_type != CONTENT_TYPE:
        ipad.complaints.append(f"a profile comes as {response.content_type[:64]}")
    return response.body


def _apply(
    ipad: SimulatedIpad,
    channel: Channel,
    declaration: Declaration,
    profile: ConfigurationProfile,
    body: bytes,
) -> Conversation[None]:
    present = ipad.profiles.get(profile.identifier, channel.user_name)
    is_from_command = present is not None and present.is_managed and present.declaration is None
    if present is not None and is_from_command and _names(present.profile) == _names(profile):
        ipad.profiles.put(replace(present, declaration=declaration.identifier))
        return
    origin = Origin(True, channel.user_name, declaration.identifier)
    try:
        yield from install(ipad, body, origin)
    except DeviceError as error:
        details = {"Domain": error.domain, "Code": error.code}
        raise Refused(Reason(NOT_APPLIED, error.english, details)) from error


def _names(profile: ConfigurationProfile) -> list[tuple[str, ...]]:
    """All by which a device knows a profile again: identifiers, UUIDs and types, in order."""
    payloads = [(one.type, one.identifier, one.uuid) for one in profile.payloads]
    return [(profile.identifier, profile.uuid), *payloads]
