"""Strings with a shape of their own: whether one fits.

Shapes are kept wide: what a device may accept is never refused, what it cannot accept is.
"""

import re
from urllib.parse import urlsplit

from profiles.commands.parameters import Form

_PATTERNS = {
    Form.BUNDLE_IDENTIFIER: re.compile(r"[A-Za-z0-9_-]{1,155}(?:\.[A-Za-z0-9_-]{1,155}){0,20}"),
    Form.MAC_ADDRESS: re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}"),
    Form.UUID: re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
    Form.TIME_ZONE: re.compile(r"[A-Za-z0-9_+-]{1,32}(?:/[A-Za-z0-9_+-]{1,32}){0,2}"),
}
# Neither blanks, control characters nor brackets of a quotation belong into an address.
_ADDRESS = re.compile(r"[!#-;=?-Z\[\]_a-z~%]+")


def fits(text: str, form: Form) -> bool:
    """Tell whether the whole text has the shape."""
    if form is Form.HTTPS_URL:
        return _is_https(text)
    return _PATTERNS[form].fullmatch(text) is not None


def _is_https(text: str) -> bool:
    if not text.lower().startswith("https://") or _ADDRESS.fullmatch(text) is None:
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False
