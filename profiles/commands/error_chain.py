"""The chain of errors in a device's answer, outermost first.

Here: reading it, and asking what it means. Not here: the table of codes (error_codes.py).
Descriptions are for people; domains and codes may change between releases of the system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from profiles import plist
from profiles.commands.error_codes import DONE_ALREADY, ERROR_KINDS, ErrorKind

LONGEST_CHAIN = 32


@dataclass(frozen=True, slots=True)
class ErrorChainItem:
    """One link. None: the device did not say.

    localized: in the device's language. english: in US English.
    """

    domain: str | None
    code: int | None
    localized: str | None = None
    english: str | None = None


ErrorChain = tuple[ErrorChainItem, ...]


def read_error_chain(value: plist.PlistValue | None) -> ErrorChain:
    """Read `ErrorChain`, whatever it looks like; a chain never hinders a result.

    returns: at most `LONGEST_CHAIN` links; members that are no dictionaries are left out.
    """
    members = value if isinstance(value, list) else []
    links = [_read_link(member) for member in members if isinstance(member, dict)]
    return tuple(links[:LONGEST_CHAIN])


def explain(domain: str | None, code: int | None) -> ErrorKind | None:
    """Look up what one error means; None for those we do not know."""
    return None if domain is None or code is None else ERROR_KINDS.get((domain, code))


def explain_chain(chain: ErrorChain) -> ErrorKind | None:
    """Find what a chain means: its innermost known link, since outer ones say only "failed"."""
    kinds = (explain(link.domain, link.code) for link in reversed(chain))
    return next((kind for kind in kinds if kind is not None), None)


def is_done_already(request_type: str, chain: ErrorChain) -> bool:
    """Tell whether a failure means that what the command wanted is so already."""
    codes = DONE_ALREADY.get(request_type, frozenset())
    return any((link.domain, link.code) in codes for link in chain)


def _read_link(link: Mapping[str, plist.PlistValue]) -> ErrorChainItem:
    code = link.get("ErrorCode")
    return ErrorChainItem(
        domain=_text(link, "ErrorDomain"),
        code=code if isinstance(code, int) and not isinstance(code, bool) else None,
        localized=_text(link, "LocalizedDescription"),
        english=_text(link, "USEnglishDescription"),
    )


def _text(link: Mapping[str, plist.PlistValue], key: str) -> str | None:
    value = link.get(key)
    return value if isinstance(value, str) and value else None
