"""The only place that draws identifiers and secrets by chance."""

import secrets
import uuid


def new_uuid() -> str:
    """Draw an upper-case UUID, the form Apple's devices use."""
    return str(uuid.uuid4()).upper()


def new_reference() -> str:
    """Draw the short reference that joins an error page with its log line."""
    return secrets.token_hex(4)


def new_secret(size: int = 24) -> str:
    """Draw a URL-safe secret of `size` random bytes."""
    return secrets.token_urlsafe(size)


def random_bytes(size: int) -> bytes:
    """Draw `size` random bytes."""
    return secrets.token_bytes(size)


def new_serial_number() -> int:
    """Draw a positive serial number of a certificate, 127 random bits below a set one."""
    return secrets.randbits(127) | (1 << 126)
