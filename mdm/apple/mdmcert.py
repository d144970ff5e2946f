"""The signing service mdmcert.download: what it is asked, and how its answer by mail is opened.

For those who have no vendor certificate of their own. Pure; nobody is called here.
Not here: our request and the file for the portal (push_request).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from mdm.apple.errors import SignedRequestUnreadable
from profiles import cms, plist
from profiles.errors import ProfileError

SIGN_URL = "https://mdmcert.download/api/v1/signrequest"


def sign_request(
    request: x509.CertificateSigningRequest,
    email: str,
    client_key: str,
    encryption_certificate: x509.Certificate,
) -> Mapping[str, str]:
    """Compose the JSON object to post to `SIGN_URL`.

    email: registered with the service; the answer goes there.
    client_key: the one the service gave to this product.
    encryption_certificate: self-signed, RSA; the answer is encrypted to it.
    """
    return {
        "csr": _base64(request.public_bytes(Encoding.PEM)),
        "email": email,
        "key": client_key,
        "encrypt": _base64(encryption_certificate.public_bytes(Encoding.PEM)),
    }


def refusal_in(answer: bytes) -> str | None:
    """Read the service's immediate answer: None if a mail is on its way, else its reason."""
    try:
        fields = json.loads(answer)
    except (ValueError, RecursionError):
        return "unreadable answer"
    if not isinstance(fields, dict):
        return "unreadable answer"
    if fields.get("result") == "success":
        return None
    return str(fields.get("reason") or "no reason given")[:200]


def open_signed_request(
    attachment: bytes, encryption_certificate: x509.Certificate, key: rsa.RSAPrivateKey
) -> bytes:
    """Open the attachment of the mail.

    attachment: hexadecimal text, as it came.
    returns: the file to upload at the push certificates portal, as from `push_request_file`.
    raises: SignedRequestUnreadable, also for an attachment that belongs to an earlier key.
    """
    try:
        envelope = binascii.unhexlify(b"".join(attachment.split()))
    except ValueError as error:
        raise SignedRequestUnreadable("not hexadecimal text") from error
    try:
        content = cms.open_envelope(envelope, encryption_certificate, key)
        _check_form(content)
    except (ProfileError, ValueError) as error:
        raise SignedRequestUnreadable("not for this key, or altered on its way") from error
    return content


def _check_form(content: bytes) -> None:
    """A wrong key may give bytes instead of an error, so look whether they make sense."""
    document = plist.read_dict(base64.b64decode(content))
    for field in ("PushCertRequestCSR", "PushCertCertificateChain", "PushCertSignature"):
        plist.text(document, field)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
