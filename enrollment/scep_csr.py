"""The certificate request inside a SCEP envelope.

Here: reading it, its proof of possession, its challenge. Not here: whether the challenge is good
(`scep_challenge`), and the certificate's subject, which comes from our records and never from a
request: a pupil can change what stands in it.

source: RFC 2986, RFC 2985 §5.4.1 (challengePassword).
"""

from dataclasses import dataclass, field
from typing import Any

from asn1crypto import core, csr
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from enrollment.scep_attributes import read_single_values
from enrollment.scep_errors import MalformedScep
from enrollment.scep_words import CHALLENGE_PASSWORD

_CertificationRequest: Any = csr.CertificationRequest
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
    # UnsupportedAlgorithm is no ValueError; TypeError comes from parameters of a wrong kind.
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
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
        info = _CertificationRequest.load(der)["certification_request_info"]
        if isinstance(info["attributes"], core.Void):
            return None
        values = read_single_values(info["attributes"].dump())
        return _challenge_text(values)
    except (ValueError, TypeError, MalformedScep) as error:
        raise DoubtfulChallenge from error


def _challenge_text(values: dict[str, Any]) -> str | None:
    if CHALLENGE_PASSWORD not in values:
        return None
    value = values[CHALLENGE_PASSWORD]
    # Clients differ in the string type: PrintableString, UTF8String, IA5String, T61String.
    if not isinstance(value, core.AbstractString):
        raise DoubtfulChallenge
    return str(value.native) or None


def _subject(request: x509.CertificateSigningRequest) -> str:
    try:
        return request.subject.rfc4514_string()[:_MOST_SUBJECT_CHARACTERS]
    except ValueError:
        return ""
