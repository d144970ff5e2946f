"""The introduction of a device before it enrols, signed by the identity Apple built into it.

Here: proving that a genuine Apple device speaks, and reading what it says.
Not here: whether the device is ours. Anybody's iPad can introduce itself, the serial number is
not attested, and the message can be replayed: bind it to a one-time secret, and compare it with
what is expected.

source: Apple, "MachineInfo"; Apple, "Authenticating through web views".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from enrollment.errors import MachineInfoRefused, MalformedCheckin, MalformedMachineInfo
from enrollment.identifiers import printable
from profiles import cms, plist
from profiles.errors import BadSignature, CmsError, MalformedMessage, MalformedPlist

# Apple's own device certificates have keys of 1,024 bits, and its chain is signed with SHA-1.
_SMALLEST_RSA_BITS = 1024
_LONGEST_CHAIN = 5
_LONGEST_TEXT = 255


@dataclass(frozen=True, slots=True)
class MachineInfo:
    """What a device says about itself.

    udid, serial_number: None for a personal enrollment, which hides them.
    product: such as iPad13,18. build: such as 22B83. os_version: None before iPadOS 17.
    can_be_told_to_update: whether it may be asked to update before it enrols.
    software_update_id: under which Apple lists the updates for it.
    signer_name: common name of the certificate that signed, for the journal.
    """

    product: str
    build: str
    signer_name: str
    udid: str | None = None
    serial_number: str | None = None
    os_version: str | None = None
    imei: str | None = None
    meid: str | None = None
    language: str | None = None
    can_be_told_to_update: bool = False
    software_update_id: str | None = None


def read(
    body: bytes,
    roots: Sequence[x509.Certificate],
    intermediates: Sequence[x509.Certificate] = (),
) -> MachineInfo:
    """Read a signed introduction.

    body: CMS, DER or BER, as posted or decoded from the header.
    roots: the pinned authorities at the end of the chain. intermediates: further links, since
        some devices do not send all of them.
    raises: MalformedMachineInfo, MachineInfoRefused (signature or chain).
    """
    try:
        signed, content = cms.verify_attached(body, minimum_rsa_bits=_SMALLEST_RSA_BITS)
    except BadSignature as error:
        raise MachineInfoRefused(error.reason) from error
    except x509.InvalidVersion as error:
        raise MachineInfoRefused("certificate cannot be read") from error
    except CmsError as error:
        raise MalformedMachineInfo("body", error.reason) from error
    leaf, *sent = map(_load, (signed.signer.certificate_der, *signed.certificates))
    if not _leads_to(roots, leaf, [*sent, *intermediates]):
        raise MachineInfoRefused("chain does not end in a pinned root")
    return _info_from(content, _common_name(leaf))


def _load(der: bytes) -> x509.Certificate:
    try:
        # A key of odd length or exponent could keep the server busy for seconds.
        cms.public_key(der, _SMALLEST_RSA_BITS)
        return x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion) as error:
        raise MachineInfoRefused("certificate cannot be read") from error


def _leads_to(
    roots: Sequence[x509.Certificate], leaf: x509.Certificate, links: Sequence[x509.Certificate]
) -> bool:
    """Walk from the leaf to a root, from signature to signature.

    Dates are ignored on purpose: the authority above most iPads expired in 2014, and the next
    one in 2022.
    """
    reached = [leaf]
    for _ in range(_LONGEST_CHAIN):
        if any(cms.issued_by(certificate, *roots) for certificate in reached):
            return True
        reached = [link for link in links if any(cms.issued_by(c, link) for c in reached)]
    return False


def _info_from(content: bytes, signer_name: str) -> MachineInfo:
    try:
        said = plist.read_dict(content)
        return MachineInfo(
            product=_capped("PRODUCT", plist.text(said, "PRODUCT")),
            build=_capped("VERSION", plist.text(said, "VERSION")),
            signer_name=signer_name,
            udid=_text(said, "UDID"),
            serial_number=_text(said, "SERIAL"),
            os_version=_text(said, "OS_VERSION"),
            imei=_text(said, "IMEI"),
            meid=_text(said, "MEID"),
            language=_text(said, "LANGUAGE"),
            can_be_told_to_update=plist.boolean(
                said, "MDM_CAN_REQUEST_SOFTWARE_UPDATE", default=False
            ),
            software_update_id=_text(said, "SOFTWARE_UPDATE_DEVICE_ID"),
        )
    except MalformedPlist as error:
        raise MalformedMachineInfo("body", error.reason) from error
    except (MalformedMessage, MalformedCheckin) as error:
        raise MalformedMachineInfo(error.field, error.problem) from error


def _text(said: plist.PlistDict, key: str) -> str | None:
    return printable(key, plist.optional_text(said, key))


def _capped(key: str, value: str) -> str:
    printable(key, value)
    return value


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value)[:_LONGEST_TEXT] if names else ""
