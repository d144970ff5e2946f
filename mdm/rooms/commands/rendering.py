"""Putting a command together for one device: profiles, renewals, declarations, secrets.

Here: bytes that must not lie in the queue, because they hold a secret or differ from device to
device. Not here: whether they may leave (delivery.py).
"""

import plistlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mdm.base.db import Tx
from mdm.base.errors import HouseError
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.authority import service as authority
from mdm.rooms.blueprints import contents
from mdm.rooms.blueprints.models import Profile, ProfileVersion
from mdm.rooms.commands.models import Command
from mdm.rooms.declarations import service as declarations
from mdm.rooms.devices import tokens
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.variables import variables_of
from mdm.rooms.links import profile as link_profile
from mdm.rooms.links import service as links
from policies.actions import ActionKey, ActionKind
from profiles import cms
from profiles.commands.command import build
from profiles.commands.wire import to_bytes
from profiles.configuration_profile import ConfigurationProfile
from profiles.configuration_profile import to_bytes as profile_bytes
from profiles.errors import InvalidPayload


class CannotDeliver(HouseError):
    """A command cannot be put together for this device. kind: a few constant words."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a command is about to leave."""

    tx: Tx
    vault: Vault
    settings: Settings
    enrollment: Enrollment
    device: Device
    now: datetime


def body_of(place: Place, row: Command) -> bytes:
    """The wire form of a command for this device.

    raises: CannotDeliver, when this device lacks something; whatever is wrong with the row.
    """
    return row.body if row.body is not None else _renderer(row)(place, row)


def _renderer(row: Command) -> Callable[[Place, Command], bytes]:
    key = ActionKey.parse(row.action_key) if row.action_key else None
    if key is not None and key.kind is ActionKind.RENEW_IDENTITY:
        return _renewal
    if row.profile_version_id is not None:
        return _profile
    if row.request_type == "ClearPasscode":
        return _clear_passcode
    if row.request_type == "DeclarativeManagement":
        return _declarations
    return _sealed


def _profile(place: Place, row: Command) -> bytes:
    version = place.tx.get_one(ProfileVersion, row.profile_version_id)
    return _install(row, signed_profile(place, version))


def signed_profile(place: Place, version: ProfileVersion) -> bytes:
    """A version of a profile with this device's facts filled in, signed.

    raises: CannotDeliver, when the device lacks a fact.
    """
    profile = place.tx.get_one(Profile, version.profile_id)
    template = contents.open_content(place.vault, profile.identifier, version)
    try:
        filled = contents.filled(template, variables_of(place.tx, place.device))
    except InvalidPayload as error:
        # The field is the variable's name, never its value.
        raise CannotDeliver(f"{error.field} {error.problem}") from error
    return _sign(place, _with_identity(place, filled))


def _with_identity(place: Place, profile: ConfigurationProfile) -> ConfigurationProfile:
    """Let the device fetch a certificate of its own, if the profile asks for one."""
    if not contents.wants_identity(profile):
        return profile
    return contents.with_identity(
        profile,
        url=link_profile.scep_url(place.settings),
        challenge=links.network_challenge(place.tx, place.enrollment, place.now),
        ca_fingerprint=link_profile.ca_fingerprint(place.tx),
    )


def _renewal(place: Place, row: Command) -> bytes:
    """The enrolment profile once more, with a challenge of its own for each offer."""
    challenge = links.renewal_challenge(place.tx, place.enrollment, place.now)
    signed = link_profile.renewal_profile(
        place.tx, place.vault, place.settings, place.enrollment, challenge
    )
    return _install(row, signed)


def _clear_passcode(place: Place, row: Command) -> bytes:
    token = tokens.unlock_token(place.vault, place.enrollment)
    if token is None:
        raise CannotDeliver("no unlock token")
    return to_bytes(build("ClearPasscode", {"UnlockToken": token}), row.uuid)


def _declarations(place: Place, row: Command) -> bytes:
    """The tokens as they are when it leaves: a device that was away hears the newest only."""
    tokens = declarations.tokens_of(place.tx, place.enrollment.id)
    if tokens is None:
        raise CannotDeliver("nothing declared")
    return to_bytes(build("DeclarativeManagement", {"Data": tokens}), row.uuid)


def _sealed(place: Place, row: Command) -> bytes:
    if row.sealed_parameters is None:
        raise CannotDeliver("nothing to deliver")
    plain = place.vault.open(row.sealed_parameters, f"command.parameters:{row.uuid}")
    return to_bytes(build(row.request_type, plistlib.loads(plain)), row.uuid)


def _install(row: Command, signed: bytes) -> bytes:
    return to_bytes(build("InstallProfile", {"Payload": signed}), row.uuid)


def _sign(place: Place, profile: ConfigurationProfile) -> bytes:
    signer = authority.signer(place.tx, place.vault)
    root = authority.root_certificate(place.tx)
    unsigned = profile_bytes(profile)
    return cms.sign_attached(unsigned, signer.certificate, signer.private_key, (root,))
