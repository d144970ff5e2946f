"""The certificate request inside a SCEP envelope.

Here: reading it, its proof of possession, its challenge. Not here: whether the challenge is good
(`scep_challenge`), and the certificate's subject, which comes from our records and never from a
request: a pupil can change what stands in it.

source: RFC 2986, RFC 2985 §5.4.1 (challengePassword).
"""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from enrollment.scep_attributes import read_text
from profiles.cms_ber import CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET, Cursor

CHALLENGE_PASSWORD = x509.ObjectIdentifier("1.2.840.113549.1.9.7")

_CHALLENGE_OID = bytes.fromhex("2a864886f70d010907")
_MOST_SUBJECT_CHARACTERS = 200
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_LEGACY_HASHES = (*_HASHES, hashes.SHA1)


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """A request whose sender has proved to own its key.

    challenge: `None` if there is none.
    claimed_subject: for logs only.
    """

    public_key: PublicKeyTypes
    challenge: str | None = field(repr=False)
    claimed_subject: str


class UnusableRequest(Exception):
    """No certificate request, or one that its own key has not signed."""


class DoubtfulChallenge(Exception):
    """A genuine request whose challenge is not one piece of text."""


def read_csr(der: bytes, *, allow_legacy: bool) -> CertificateRequest:
    """Read a PKCS #10 request and check its proof of possession.

    allow_legacy: SHA-1 is accepted in the proof.
    raises: UnusableRequest, DoubtfulChallenge.
    """
    try:
        request = x509.load_der_x509_csr(der)
        genuine = _is_self_signed(request, _LEGACY_HASHES if allow_legacy else _HASHES)
    # Hostile octets make the parser raise many unrelated kinds (ValueError, TypeError,
    # InvalidVersion, UnsupportedAlgorithm); one that got through would answer differently.
    except Exception as error:
        raise UnusableRequest from error
    if not genuine:
        raise UnusableRequest
    return CertificateRequest(request.public_key(), _challenge(der), _subject(request))


def _is_self_signed(
    request: x509.CertificateSigningRequest, accepted: tuple[type[hashes.HashAlgorithm], ...]
) -> bool:
    # Not `is_signature_valid`: it refuses SHA-1, which old clients sign with.
    key, digest = request.public_key(), request.signature_hash_algorithm
    if not isinstance(digest, accepted):
        return False
    try:
        _verify(key, request.signature, request.tbs_certrequest_bytes, digest)
    except InvalidSignature:
        return False
    return True


def _verify(
    key: PublicKeyTypes, signature: bytes, signed: bytes, digest: hashes.HashAlgorithm
) -> None:
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(digest))
    else:
        raise UnsupportedAlgorithm("a key that cannot sign requests")


def _challenge(der: bytes) -> str | None:
    try:
        values = _challenge_values(der)
        if not values:
            return None
        # Clients differ in the string type: PrintableString, UTF8String, IA5String, T61String.
        (value,) = values
        return read_text(value) or None
    # CmsError and MalformedScep are ValueErrors; more values than one give a plain one.
    except ValueError as error:
        raise DoubtfulChallenge from error


def _challenge_values(der: bytes) -> list[bytes]:
    """List the values of all challengePassword attributes, as whole elements."""
    cursor = Cursor(der)
    cursor.open(SEQUENCE)
    cursor.open(SEQUENCE)
    cursor.take(INTEGER)
    cursor.skip()
    cursor.skip()
    found: list[bytes] = []
    if cursor.peek() != CONTEXT_0:
        return found
    cursor.open(CONTEXT_0)
    while cursor.peek() != -1:
        found += _values_of_challenge(cursor)
    return found


def _values_of_challenge(cursor: Cursor) -> list[bytes]:
    found = []
    cursor.open(SEQUENCE)
    is_challenge = cursor.take(OBJECT_IDENTIFIER) == _CHALLENGE_OID
    cursor.open(SET)
    while cursor.peek() != -1:
        found.append(cursor.take_whole(cursor.peek()))
    cursor.close()
    cursor.close()
    return found if is_challenge else []


def _subject(request: x509.CertificateSigningRequest) -> str:
    try:
        return request.subject.rfc4514_string()[:_MOST_SUBJECT_CHARACTERS]
    except ValueError:
        return ""
