"""The profiles on an iPad: what is installed, by whom, and what comes of it.

Here: reading a profile as a device does, replacing and removing, restrictions in force. Not here:
which payloads are acceptable (payload_rules), fetching identities (installation).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from enrollment.scep_certificates import CertifiedKey
from mdm.simulator.errors import DeviceError
from profiles import cms
from profiles.commands.error_codes import INSTALLATION, PROFILE
from profiles.configuration_profile import ConfigurationProfile, Payload, read_profile
from profiles.errors import InvalidPayload, ProfileError

WIFI = "com.apple.wifi.managed"
RESTRICTIONS = "com.apple.applicationaccess"

_CODES_OF_TWINS = {"PayloadIdentifier": 1008, "PayloadUUID": 1007}
_MALFORMED = 1000
_ASN1_SEQUENCE = b"\x30"


@dataclass(frozen=True, slots=True)
class Installed:
    """One profile on the device.

    is_managed: came by the server. user_name: whose, on a Shared iPad; None: the device's.
    signers: certificates in DER. identities: PayloadUUID → the identity that was fetched for it.
    declaration: identifier of the one that manages it, so that commands cannot; None: none does.
    """

    profile: ConfigurationProfile
    is_managed: bool
    user_name: str | None = None
    signers: tuple[bytes, ...] = field(default=(), repr=False)
    identities: Mapping[str, CertifiedKey] = field(default_factory=dict, repr=False)
    declaration: str | None = None


def read(body: bytes) -> tuple[ConfigurationProfile, tuple[bytes, ...]]:
    """Read a profile and its signers' certificates.

    raises: DeviceError (1008 and 1007 for twins among its payloads, 1000 for whatever cannot be
        read, a broken signature among it).
    """
    try:
        profile = read_profile(body)
        signers = _signers(body) if body.startswith(_ASN1_SEQUENCE) else ()
    except InvalidPayload as error:
        is_twin = "twice" in error.problem
        code = _CODES_OF_TWINS.get(error.field, _MALFORMED) if is_twin else _MALFORMED
        raise DeviceError(PROFILE, code, f"{error.field} {error.problem}") from error
    except ProfileError as error:
        raise DeviceError(PROFILE, _MALFORMED, "profile cannot be read") from error
    return profile, signers


def _signers(body: bytes) -> tuple[bytes, ...]:
    signed, _ = cms.verify_attached(body)
    return (signed.signer.certificate_der, *signed.certificates)


class ProfileStore:
    """All profiles of one iPad, by channel and PayloadIdentifier, in the order of arrival."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str | None, str], Installed] = {}

    def __iter__(self) -> Iterator[Installed]:
        """Go through the profiles of the device and of all people."""
        return iter(list(self._by_key.values()))

    def of(self, user_name: str | None) -> list[Installed]:
        """List the profiles of the device (None), or of one person."""
        return [one for one in self if one.user_name == user_name]

    def get(self, identifier: str, user_name: str | None = None) -> Installed | None:
        """Find a profile; None if it is not installed."""
        return self._by_key.get((user_name, identifier))

    def put(self, installed: Installed) -> None:
        """Install a profile; one of the same identifier gives way, at its place."""
        self._by_key[installed.user_name, installed.profile.identifier] = installed

    def remove(self, identifier: str, user_name: str | None = None) -> None:
        """Remove a profile that is there. raises: KeyError."""
        del self._by_key[user_name, identifier]

    def discard(self, identifier: str) -> None:
        """Remove a profile of the device, if it is there."""
        self._by_key.pop((None, identifier), None)

    def remove_managed(self) -> None:
        """Remove all that came by the server, as at the end of an enrolment."""
        self._by_key = {key: one for key, one in self._by_key.items() if not one.is_managed}

    def forget_user(self, user_name: str) -> None:
        """Remove what belongs to one person."""
        self._by_key = {key: one for key, one in self._by_key.items() if key[0] != user_name}

    def clear(self) -> None:
        """Remove everything, as an erase does."""
        self._by_key.clear()

    def payloads(self, payload_type: str) -> list[Payload]:
        """List the payloads of one type in all profiles."""
        return [p for one in self for p in one.profile.payloads if p.type == payload_type]

    def beside(self, identifier: str) -> list[ConfigurationProfile]:
        """List the profiles that stay when one of this identifier is installed."""
        return [one.profile for one in self if one.profile.identifier != identifier]

    def check_removable(self, identifier: str, user_name: str | None, supervised: bool) -> None:
        """Say whether the server may remove a profile.

        raises: DeviceError 12075 (not installed), 12013 (not the server's, and not supervised, or
            a declaration's).
        """
        installed = self.get(identifier, user_name)
        if installed is None:
            raise DeviceError("MCMDMErrorDomain", 12075, "profile is not installed")
        if not installed.is_managed and not supervised:
            raise DeviceError("MCMDMErrorDomain", 12013, "profile is not managed")
        if installed.declaration is not None:
            raise DeviceError("MCMDMErrorDomain", 12013, "a declaration manages this profile")

    def check_replaceable(
        self, identifier: str, user_name: str | None, declaration: str | None
    ) -> None:
        """Refuse to mix what commands, declarations and people install.

        declaration: who installs; None: a command or a person.
        raises: DeviceError 4001.
        """
        installed = self.get(identifier, user_name)
        if installed is None:
            return
        if installed.declaration not in (None, declaration):
            raise DeviceError(INSTALLATION, 4001, "a declaration manages this profile")
        if declaration is not None and not installed.is_managed:
            raise DeviceError(INSTALLATION, 4001, "a person installed this profile")

    def check_kept_management(self, profile: ConfigurationProfile, mdm_type: str) -> None:
        """Refuse a replacement that would drop the MDM payload.

        raises: DeviceError 4015.
        """
        installed = self.get(profile.identifier)
        has_mdm = any(payload.type == mdm_type for payload in profile.payloads)
        if installed is None or has_mdm:
            return
        if any(payload.type == mdm_type for payload in installed.profile.payloads):
            raise DeviceError(INSTALLATION, 4015, "replacement lacks the MDM payload")
