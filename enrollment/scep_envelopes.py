"""The inner layer of a SCEP request: an envelope to one of our authorities.

Here: which cipher it uses, and opening it with whichever key it is addressed to. Not here: the
decryption itself and making envelopes (`profiles.cms`).

source: RFC 8894 §3.2.2, RFC 3218 (why all failures look alike).
"""

from collections.abc import Sequence

from enrollment.scep_certificates import CertifiedKey
from profiles import cms
from profiles.cms import Cipher
from profiles.cms_ber import CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, Cursor
from profiles.errors import CmsError

_CIPHERS = {
    bytes.fromhex("2b0e030207"): Cipher.DES,
    bytes.fromhex("2a864886f70d0307"): Cipher.TRIPLE_DES,
    bytes.fromhex("608648016503040102"): Cipher.AES_128,
    bytes.fromhex("608648016503040116"): Cipher.AES_192,
    bytes.fromhex("60864801650304012a"): Cipher.AES_256,
}


class CannotOpen(Exception):
    """Nothing was opened. The same for every cause, so that nobody can question the key."""


def read_cipher(envelope: bytes) -> Cipher | None:
    """Tell which cipher an envelope uses; `None`: one that we do not know.

    raises: CannotOpen (no envelope).
    """
    try:
        return _CIPHERS.get(_cipher_identifier(envelope))
    except CmsError as error:
        raise CannotOpen from error


def open_envelope(
    envelope: bytes, authorities: Sequence[CertifiedKey], *, allow_legacy: bool
) -> tuple[bytes, CertifiedKey]:
    """Decrypt an envelope with the key of the authority that it is addressed to.

    returns: the content, and who received it.
    raises: CannotOpen.
    """
    for authority in authorities:
        try:
            content = cms.open_envelope(
                envelope,
                authority.certificate,
                authority.private_key,
                allow_legacy=allow_legacy,
            )
        except CmsError:
            # Addressed to another one, or not to be opened at all.
            continue
        return content, authority
    raise CannotOpen


def _cipher_identifier(envelope: bytes) -> bytes:
    cursor = Cursor(envelope)
    cursor.open(SEQUENCE)
    cursor.skip()
    cursor.open(CONTEXT_0)
    cursor.open(SEQUENCE)
    cursor.take(INTEGER)
    if cursor.peek() == CONTEXT_0:
        cursor.skip()
    cursor.skip()
    cursor.open(SEQUENCE)
    cursor.skip()
    cursor.open(SEQUENCE)
    return cursor.take(OBJECT_IDENTIFIER)
