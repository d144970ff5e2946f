"""A certificate of a version that does not exist is a bad signature, not a surprise."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from profiles import cms
from profiles.errors import BadSignature
from tests.factories.authority import signer


def test_a_certificate_of_an_unknown_version_is_refused() -> None:
    der = bytearray(signer().certificate.public_bytes(Encoding.DER))
    at = der.index(bytes([0xA0, 0x03, 0x02, 0x01, 0x02]))
    der[at + 4] = 0x08
    with pytest.raises(x509.InvalidVersion):
        _ = x509.load_der_x509_certificate(bytes(der)).version

    with pytest.raises(BadSignature):
        cms.public_key(bytes(der))
