"""The TLS side of the push client: our certificate shown, Apple's checked."""

from __future__ import annotations

import secrets
import ssl
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from mdm.apple.errors import CertificateUnusable


def tls_context(
    certificate_pem: bytes, key_pem: bytes, trust_pem: bytes | None = None
) -> ssl.SSLContext:
    """Build the context for a connection to the push service.

    certificate_pem: the push certificate, with intermediates behind it if there are any.
    trust_pem: whom to trust instead of the system's authorities; for stand-ins.
    raises: CertificateUnusable.
    """
    context = _context(trust_pem)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    _load_identity(context, certificate_pem, key_pem)
    return context


def _context(trust_pem: bytes | None) -> ssl.SSLContext:
    if trust_pem is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cadata=trust_pem.decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise CertificateUnusable("trust", "not a certificate in PEM form") from error


def _load_identity(context: ssl.SSLContext, certificate_pem: bytes, key_pem: bytes) -> None:
    # The ssl module reads identities from files only. The file holds the key under a password
    # that never leaves this function, is readable by us alone, and is gone when we return.
    password = secrets.token_bytes(32).hex().encode()
    sealed = _seal(key_pem, password)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "identity.pem"
        path.touch(mode=0o600)
        path.write_bytes(certificate_pem.rstrip() + b"\n" + sealed)
        try:
            context.load_cert_chain(path, password=password)
        except (ssl.SSLError, ValueError) as error:
            problem = "not a certificate in PEM form, or not the one of this key"
            raise CertificateUnusable("certificate", problem) from error


def _seal(key_pem: bytes, password: bytes) -> bytes:
    try:
        key = load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError) as error:
        raise CertificateUnusable("key", "not an unencrypted private key in PEM form") from error
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))
