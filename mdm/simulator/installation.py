"""Installing a profile: judge it, fetch its identities, join or renew, then keep it, or nothing.

Here: the order, and the way back when a step fails. Not here: rules (payload_rules), SCEP
(certificate_request), messages (checkin).
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from enrollment.scep_certificates import CertifiedKey
from mdm.simulator import checkin, installed_profiles
from mdm.simulator.certificate_request import obtain_identity
from mdm.simulator.errors import DeviceError, Unreachable
from mdm.simulator.exchange import Conversation, Response
from mdm.simulator.installed_profiles import WIFI, Installed
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Enrolment, Management
from mdm.simulator.payload_rules import check_payloads
from profiles.commands.error_codes import INSTALLATION, MDM
from profiles.commands.error_codes import SCEP as SCEP_DOMAIN
from profiles.configuration_profile import ConfigurationProfile
from profiles.payloads.mdm import PAYLOAD_TYPE as MDM_TYPE

SCEP = "com.apple.security.scep"
ACME = "com.apple.security.acme"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who installs.

    is_managed: the server does. user_name: whose channel; None: the device's.
    declaration: identifier of the one that asks for it.
    """

    is_managed: bool
    user_name: str | None = None
    declaration: str | None = None


BY_HAND = Origin(is_managed=False)


def install(ipad: SimulatedIpad, body: bytes, origin: Origin) -> Conversation[None]:
    """Install a profile, or leave everything as it was.

    raises: DeviceError.
    """
    profile, signers = installed_profiles.read(body)
    management = Management.of(profile)
    _check(ipad, profile, management, origin)
    identities = yield from _identities(ipad, profile)
    installed = Installed(
        profile, origin.is_managed, origin.user_name, signers, identities, origin.declaration
    )
    if management is not None:
        yield from _join(ipad, management, identities)
    ipad.profiles.put(installed)
    if any(payload.type == WIFI for payload in profile.payloads):
        # The WLAN of the preparation room was joined by hand; from now on the school's counts.
        ipad.joins_by_hand = False
    ipad.tell_push()


def leave(ipad: SimulatedIpad, enrolment: Enrolment) -> Conversation[None]:
    """Say farewell, once and at best, and remove everything that came with management."""
    if enrolment.management.checks_out:
        # Sent once: when nobody hears it, the iPad leaves all the same.
        with suppress(Unreachable):
            yield from checkin.check_out(ipad, enrolment)
    ipad.leave_management()


def _check(
    ipad: SimulatedIpad,
    profile: ConfigurationProfile,
    management: Management | None,
    origin: Origin,
) -> None:
    beside = ipad.profiles.beside(profile.identifier)
    ipad.profiles.check_kept_management(profile, MDM_TYPE)
    ipad.profiles.check_replaceable(profile.identifier, origin.user_name, origin.declaration)
    if management is not None:
        _check_management(ipad, management)
    on_user_channel = origin.user_name is not None
    check_payloads(profile, beside, ipad.hardware, on_user_channel=on_user_channel)


def _check_management(ipad: SimulatedIpad, management: Management) -> None:
    if ipad.enrolment is None:
        return
    present = ipad.enrolment.management
    if present.profile_identifier != management.profile_identifier:
        raise DeviceError(MDM, 12001, "under management already")
    present.check_replacement(management)


def _identities(
    ipad: SimulatedIpad, profile: ConfigurationProfile
) -> Conversation[Mapping[str, CertifiedKey]]:
    """Fetch the identities of a profile; one whose PayloadUUID is unchanged is kept."""
    known = ipad.profiles.get(profile.identifier)
    kept = known.identities if known is not None else {}
    identities: dict[str, CertifiedKey] = {}
    for payload in profile.payloads:
        if payload.type == ACME:
            raise DeviceError(INSTALLATION, 4001, "this simulator speaks no ACME")
        if payload.type != SCEP:
            continue
        if payload.uuid in kept:
            identities[payload.uuid] = kept[payload.uuid]
            continue
        try:
            identities[payload.uuid] = yield from obtain_identity(ipad, payload)
        except Unreachable as error:
            raise DeviceError(SCEP_DOMAIN, 22005, "network failed") from error
    return identities


def _join(
    ipad: SimulatedIpad, management: Management, identities: Mapping[str, CertifiedKey]
) -> Conversation[None]:
    """Join, or join again with a new identity; on failure the old enrolment stays in force."""
    identity = identities.get(management.identity_uuid)
    if identity is None:
        raise DeviceError(MDM, 12016, "the identity is missing")
    present = ipad.enrolment
    channel = present.channel if present else ipad.new_channel(management.topic)
    enrolment = Enrolment(management, identity, channel)
    try:
        response = yield from checkin.authenticate(ipad, enrolment)
        _require_accepted(response)
    except (Unreachable, DeviceError) as error:
        if present is None:
            ipad.environment.push.unregister(channel.token)
        if isinstance(error, DeviceError):
            raise
        raise DeviceError(MDM, 12002, "check-in failed") from error
    channel.is_awaiting = ipad.is_awaiting
    ipad.enrolment = enrolment
    yield from _tell_token(ipad, enrolment)
    if not ipad.is_enrolled:
        raise DeviceError(MDM, 12020, "unauthorised by the server")


def _require_accepted(response: Response) -> None:
    if response.status == 401:
        raise DeviceError(MDM, 12020, "unauthorised by the server")
    if not response.is_success:
        raise DeviceError(MDM, 12002, f"check-in was answered with {response.status}")


def _tell_token(ipad: SimulatedIpad, enrolment: Enrolment) -> Conversation[None]:
    # A TokenUpdate that fails is owed and sent again later; the profile is installed all the same.
    try:
        response = yield from checkin.update_token(ipad, enrolment, enrolment.channel)
    except Unreachable:
        ipad.ticks_until_retry = ipad.habits.retry_ticks
        return
    if not response.is_success and ipad.enrolment is enrolment:
        ipad.ticks_until_retry = ipad.habits.retry_ticks
