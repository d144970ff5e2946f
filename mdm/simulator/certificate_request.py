"""Fetching an identity by SCEP, as the payload says.

Here: the three requests and their order. Not here: the messages (enrollment.scep_client).
source: RFC 8894 §4; Apple, "SCEP" payload documentation.
"""

import hashlib
from collections.abc import Mapping
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from enrollment.errors import ScepError
from enrollment.scep_certificates import CertifiedKey, der_of, public_key_der
from enrollment.scep_client import SentRequest, build_request, self_signed
from enrollment.scep_client_reply import ScepFailed, read_reply
from mdm.simulator.errors import DeviceError, Unreachable
from mdm.simulator.exchange import Conversation, Request, Response, send
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.payload_rules import content_of
from profiles import plist
from profiles.commands.error_codes import SCEP
from profiles.configuration_profile import Payload
from profiles.errors import MalformedMessage

_NAMES = {
    "C": NameOID.COUNTRY_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
}
_DIGESTS = {16: "md5", 20: "sha1", 32: "sha256"}
_NEEDED = (b"AES", b"SHA-256", b"POSTPKIOperation")
_NONCE_BYTES = 16
_SERIAL_BITS = 64
_MESSAGE_TYPE = "application/x-pki-message"


def obtain_identity(ipad: SimulatedIpad, payload: Payload) -> Conversation[CertifiedKey]:
    """Make a key and have it certified.

    raises: DeviceError of the domain for SCEP, Unreachable (before the request was sent).
    """
    try:
        asked = plist.dictionary(content_of(payload), "PayloadContent")
        url = plist.text(asked, "URL")
    except MalformedMessage as error:
        raise DeviceError(SCEP, 22002, f"{error.field} {error.problem}") from error
    yield from _check_capabilities(url)
    authority = yield from _authority(url, asked)
    key = ipad.next_key()
    sent = _request(ipad, key, asked, authority)
    response = yield from _deliver(url, sent.message, _retries(asked))
    return CertifiedKey(_certificate(response, sent, authority), key)


def _check_capabilities(url: str) -> Conversation[None]:
    response = yield from _get(url, "GetCACaps")
    words = response.body.split()
    if not response.is_success or any(word not in words for word in _NEEDED):
        raise DeviceError(SCEP, 22006, "the authority lacks capabilities")


def _authority(url: str, asked: plist.PlistDict) -> Conversation[x509.Certificate]:
    response = yield from _get(url, "GetCACert", plist.optional_text(asked, "Name"))
    if not response.is_success or response.content_type != "application/x-x509-ca-cert":
        raise DeviceError(SCEP, 22002, "no certificate of the authority")
    fingerprint = plist.optional_data(asked, "CAFingerprint")
    if fingerprint and not _matches(response.body, fingerprint):
        raise DeviceError(SCEP, 22002, "the authority has another fingerprint")
    try:
        return x509.load_der_x509_certificate(response.body)
    except ValueError as error:
        raise DeviceError(SCEP, 22002, "the authority's certificate cannot be read") from error


def _matches(certificate: bytes, fingerprint: bytes) -> bool:
    digest = _DIGESTS.get(len(fingerprint), "sha256")
    return hashlib.new(digest, certificate, usedforsecurity=False).digest() == fingerprint


def _get(url: str, operation: str, message: str | None = None) -> Conversation[Response]:
    query = f"?operation={operation}" + (f"&message={quote(message)}" if message else "")
    return (yield from send(Request("GET", url + query)))


def _request(
    ipad: SimulatedIpad,
    key: rsa.RSAPrivateKey,
    asked: plist.PlistDict,
    authority: x509.Certificate,
) -> SentRequest:
    subject = _subject(asked)
    serial = ipad.rng.getrandbits(_SERIAL_BITS) | 1
    signer = self_signed(key, subject, now=ipad.now, serial=serial)
    return build_request(
        key,
        subject,
        plist.optional_text(asked, "Challenge"),
        authority,
        signer,
        transaction_id=hashlib.sha256(public_key_der(key.public_key())).hexdigest(),
        nonce=ipad.rng.randbytes(_NONCE_BYTES),
    )


def _subject(asked: plist.PlistDict) -> x509.Name:
    pairs = [
        pair for names in plist.optional_array(asked, "Subject") or [] for pair in _list(names)
    ]
    try:
        return x509.Name([_attribute(*map(str, _list(pair))) for pair in pairs])
    except (ValueError, TypeError) as error:
        raise DeviceError(SCEP, 22002, "the subject cannot be written") from error


def _list(value: plist.PlistValue) -> list[plist.PlistValue]:
    return value if isinstance(value, list) else []


def _attribute(name: str, value: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(_NAMES.get(name) or x509.ObjectIdentifier(name), value)


def _retries(asked: Mapping[str, plist.PlistValue]) -> int:
    retries = asked.get("Retries")
    return retries if isinstance(retries, int) else 3


def _deliver(url: str, message: bytes, retries: int) -> Conversation[Response]:
    """Send the request, and the very same one again when no answer comes."""
    request = Request(
        "POST", f"{url}?operation=PKIOperation", {"Content-Type": _MESSAGE_TYPE}, message
    )
    for attempt in range(retries + 1):
        try:
            response = yield from send(request)
        except Unreachable:
            if attempt == retries:
                raise
        else:
            if response.status < 500 or attempt == retries:
                return response
    raise Unreachable("no attempt was allowed")


def _certificate(
    response: Response, sent: SentRequest, authority: x509.Certificate
) -> x509.Certificate:
    if response.status != 200 or response.content_type != _MESSAGE_TYPE:
        raise DeviceError(SCEP, 22013, "no answer to the certificate request")
    try:
        reply = read_reply(response.body, sent, authority)
    except ScepError as error:
        raise DeviceError(SCEP, 22013, "bad answer to the certificate request") from error
    if isinstance(reply, ScepFailed):
        raise DeviceError(SCEP, 22013, f"the authority refuses: {reply.fail_info.name}")
    if reply.certificate.issuer != authority.subject:
        raise DeviceError(SCEP, 22007, f"issued by a stranger: {len(der_of(reply.certificate))}")
    return reply.certificate
