"""Profiles by command: install, remove, list; certificates and restrictions that come of them."""

from functools import partial

from cryptography import x509

from enrollment.scep_certificates import der_of
from mdm.simulator.commands.outcome import DONE, Outcome
from mdm.simulator.errors import DeviceError
from mdm.simulator.exchange import Conversation
from mdm.simulator.installation import Origin, install, leave
from mdm.simulator.installed_profiles import RESTRICTIONS, Installed
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from mdm.simulator.restrictions import combine, in_answer, obeyed
from profiles import plist
from profiles.commands.error_codes import MDM
from profiles.configuration_profile import ConfigurationProfile, Payload
from profiles.plist import PlistDict, WritableValue
from profiles.schema.hints import DeviceTraits
from profiles.schema.os_version import OsVersion

_CERTIFICATES = frozenset(f"com.apple.security.{kind}" for kind in ("root", "pkcs1", "pem"))
_TELLS_PAYLOAD_UUID = OsVersion(17)
_TELLS_SOURCE = OsVersion(18)


def install_profile(
    ipad: SimulatedIpad, channel: Channel, asked: PlistDict
) -> Conversation[Outcome]:
    """Install; an enrolment profile renews the identity on the way."""
    origin = Origin(is_managed=True, user_name=channel.user_name)
    yield from install(ipad, plist.data(asked, "Payload"), origin)
    return DONE


def remove_profile(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Remove; without the profile that brought it here, management ends."""
    identifier = plist.text(asked, "Identifier")
    enrolment = ipad.enrolment
    if enrolment is not None and identifier == enrolment.management.profile_identifier:
        return Outcome(after=partial(leave, ipad, enrolment))
    ipad.profiles.check_removable(identifier, channel.user_name, ipad.hardware.is_supervised)
    ipad.profiles.remove(identifier, channel.user_name)
    ipad.tell_push()
    return DONE


def profile_list(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """List the profiles of this channel."""
    only_managed = plist.boolean(asked, "ManagedOnly", default=False)
    installed = ipad.profiles.of(channel.user_name)
    listed = [_listed(ipad, one) for one in installed if one.is_managed or not only_managed]
    return Outcome({"ProfileList": listed})


def _listed(ipad: SimulatedIpad, installed: Installed) -> WritableValue:
    profile = installed.profile
    listed = _common(profile) | {
        "PayloadRemovalDisallowed": profile.removal_disallowed,
        "HasRemovalPasscode": False,
        "IsEncrypted": False,
        "SignerCertificates": list(installed.signers),
        "PayloadContent": [_listed_payload(ipad, payload) for payload in profile.payloads],
    }
    if not ipad.hardware.is_supervised:
        listed["IsManaged"] = installed.is_managed
    if installed.declaration is not None and ipad.hardware.version >= _TELLS_SOURCE:
        listed["Source"] = "Declarative Device Management"
    return listed


def _listed_payload(ipad: SimulatedIpad, payload: Payload) -> WritableValue:
    listed = {"PayloadType": payload.type} | _common(payload)
    if ipad.hardware.version < _TELLS_PAYLOAD_UUID:
        del listed["PayloadUUID"]
    return listed


def _common(part: ConfigurationProfile | Payload) -> dict[str, WritableValue]:
    said: dict[str, WritableValue] = {
        "PayloadIdentifier": part.identifier,
        "PayloadUUID": part.uuid,
        "PayloadVersion": 1,
        "PayloadDisplayName": part.display_name,
        "PayloadDescription": part.description,
        "PayloadOrganization": part.organization,
    }
    return {key: value for key, value in said.items() if value != ""}


def certificate_list(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """List the certificates that profiles brought, and the iPad's identities."""
    listed: list[WritableValue] = []
    for one in ipad.profiles:
        for payload in one.profile.payloads:
            content = payload.content.get("PayloadContent")
            if payload.type in _CERTIFICATES and isinstance(content, bytes):
                listed.append(_certificate(content, is_identity=False))
        listed += [
            _certificate(der_of(held.certificate), is_identity=True)
            for held in one.identities.values()
        ]
    return Outcome({"CertificateList": listed})


def _certificate(der: bytes, *, is_identity: bool) -> WritableValue:
    names = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(
        x509.NameOID.COMMON_NAME
    )
    name = str(names[0].value) if names else "certificate"
    return {"CommonName": name, "IsIdentity": is_identity, "Data": der}


def restrictions(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Tell the sum of all restrictions and, if asked, what each profile asks for."""
    hardware = ipad.hardware
    traits = DeviceTraits(hardware.version, hardware.is_supervised, hardware.is_shared)
    by_profile = {
        one.profile.identifier: combine(
            obeyed(payload, traits)
            for payload in one.profile.payloads
            if payload.type == RESTRICTIONS
        )
        for one in ipad.profiles.of(channel.user_name)
    }
    body: dict[str, WritableValue] = {"GlobalRestrictions": in_answer(combine(by_profile.values()))}
    if plist.boolean(asked, "ProfileRestrictions", default=False):
        body["ProfileRestrictions"] = {
            name: in_answer(one) for name, one in by_profile.items() if one
        }
    return Outcome(body)


def provisioning_profile_list(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """List what lets an organisation's own apps run."""
    listed: list[WritableValue] = [
        {"Name": "Hausinterne Apps", "UUID": uuid} for uuid in ipad.provisioning_profiles
    ]
    return Outcome({"ProvisioningProfileList": listed})


def install_provisioning_profile(
    ipad: SimulatedIpad, channel: Channel, asked: PlistDict
) -> Outcome:
    """Keep a provisioning profile, unread: its form belongs to Apple's own tools."""
    body = plist.data(asked, "ProvisioningProfile")
    ipad.provisioning_profiles[f"PP-{len(ipad.provisioning_profiles) + 1}"] = body
    return DONE


def remove_provisioning_profile(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Remove a provisioning profile."""
    if ipad.provisioning_profiles.pop(plist.text(asked, "UUID"), None) is None:
        raise DeviceError(MDM, 12075, "profile is not installed")
    return DONE
