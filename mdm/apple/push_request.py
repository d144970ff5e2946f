"""The way to a push certificate: our request, and the file that Apple's portal takes.

The request is signed twice: by us, and by a vendor whom Apple knows. Pure.
Not here: the certificate that comes back (push_certificate), the signing service (mdmcert).
source: Apple, "Setting up push notifications for your MDM customers".
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from mdm.apple.errors import CertificateUnusable
from profiles import plist


def make_customer_request(
    key: rsa.RSAPrivateKey, country: str, name: str, email: str
) -> x509.CertificateSigningRequest:
    """Make the signing request for a push certificate.

    key: RSA with 2048 bits, the only kind the portal takes. country: two letters, such as DE.
    name: of the organisation, at most 64 characters.
    raises: CertificateUnusable, naming the parameter.
    """
    if key.key_size != 2048:
        raise CertificateUnusable("key", "must have 2048 bits")
    parts = [
        _part(NameOID.COUNTRY_NAME, country.upper(), "country"),
        _part(NameOID.COMMON_NAME, name, "name"),
        _part(NameOID.EMAIL_ADDRESS, email, "email"),
    ]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(parts))
    return builder.sign(key, hashes.SHA256())


def push_request_file(
    request: x509.CertificateSigningRequest,
    vendor_certificate: x509.Certificate,
    vendor_chain: Sequence[x509.Certificate],
    vendor_key: rsa.RSAPrivateKey,
) -> bytes:
    """Write the file to upload at the push certificates portal.

    vendor_chain: the intermediate that issued the vendor's certificate, then Apple's root.
    raises: CertificateUnusable. The portal answers every fault with the same sentence, so what
        can be checked is checked here.
    """
    if vendor_certificate.public_key() != vendor_key.public_key():
        raise CertificateUnusable("vendor_key", "is not the key of the vendor certificate")
    if not request.is_signature_valid:
        raise CertificateUnusable("request", "its signature is wrong")
    chain = [vendor_certificate, *vendor_chain]
    _check_chain(chain)
    der = request.public_bytes(Encoding.DER)
    signature = vendor_key.sign(der, padding.PKCS1v15(), hashes.SHA256())
    document = plist.write(
        {
            "PushCertRequestCSR": base64.b64encode(der).decode(),
            "PushCertCertificateChain": "".join(_pem(certificate) for certificate in chain),
            "PushCertSignature": base64.b64encode(signature).decode(),
        }
    )
    return base64.b64encode(document)


def _part(oid: x509.ObjectIdentifier, value: str, field: str) -> x509.NameAttribute[str]:
    try:
        return x509.NameAttribute(oid, value)
    except ValueError as error:
        raise CertificateUnusable(field, "does not fit into a signing request") from error


def _check_chain(chain: Sequence[x509.Certificate]) -> None:
    for certificate, issuer in pairwise(chain):
        if certificate.issuer != issuer.subject:
            raise CertificateUnusable("vendor_chain", "is not in order from vendor to root")


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")
