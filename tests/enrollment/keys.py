"""Keys made once per run, since RSA keys take long."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from enrollment.identity import CertifiedKey, create_authority
from tests.enrollment.facts import NOW

SERIAL_NUMBER = 1 << 100


@cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def authority() -> CertifiedKey:
    key = rsa_key(3072)
    return CertifiedKey(create_authority("Beispielstadt", key, NOW, SERIAL_NUMBER), key)
