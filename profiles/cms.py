"""CMS: signatures and envelopes around Apple's messages.

Here: nothing but the names that other packages use. The work is done next door:
cms_signed (read), cms_verify (prove), cms_signer (sign), cms_envelope (encrypt and open),
cms_certificates (fingerprints, keys, issuers), cms_algorithms, cms_ber (the encoding).
"""

from profiles.cms_algorithms import Digest
from profiles.cms_certificates import Signer, fingerprint, issued_by, public_key, valid_at
from profiles.cms_envelope import Cipher, envelope, open_envelope
from profiles.cms_signed import SignedMessage, decode_signature_header, read_signed
from profiles.cms_signer import (
    PrivateKey,
    SignatureForm,
    certificates_only,
    encode_signature_header,
    sign_attached,
    sign_detached,
)
from profiles.cms_verify import verify_attached, verify_detached

__all__ = [
    "Cipher",
    "Digest",
    "PrivateKey",
    "SignatureForm",
    "SignedMessage",
    "Signer",
    "certificates_only",
    "decode_signature_header",
    "encode_signature_header",
    "envelope",
    "fingerprint",
    "issued_by",
    "open_envelope",
    "public_key",
    "read_signed",
    "sign_attached",
    "sign_detached",
    "valid_at",
    "verify_attached",
    "verify_detached",
]
