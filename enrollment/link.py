"""Enrolment links: a signed promise that whoever holds it may begin to enrol, for a while.

Here: what stands in the token, signing and reading it. A link is no identity: what it may lead
to is decided by lifecycle.py.
Not here: how often it has been used (the room that keeps the links), its URL and QR code.

source: RFC 7519.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import jwt

from enrollment.errors import LinkRefusal, LinkRefused

_ISSUER = "klassensatz"
_TYPE = "enrol+jwt"
_ALGORITHM = "HS256"
_REQUIRED = ["iss", "aud", "jti", "school", "iat", "exp"]
_LONGEST = 2048
_SHORTEST_KEY = 32


@dataclass(frozen=True, slots=True)
class EnrollmentLink:
    """What a link promises.

    link_id: random, at least 128 bits, under which its uses are counted.
    host: the public host name it was made for. class_name: None for the whole school.
    """

    link_id: str
    host: str
    school: str
    class_name: str | None
    issued_at: datetime
    expires_at: datetime


def sign_link(link: EnrollmentLink, key: bytes) -> str:
    """Write a link as a token. key: at least 32 random bytes, used for links alone.

    raises: ValueError (key too short).
    """
    if len(key) < _SHORTEST_KEY:
        raise ValueError("a link key needs 32 bytes")
    claims = {
        "iss": _ISSUER,
        "aud": link.host,
        "jti": link.link_id,
        "school": link.school,
        "class": link.class_name,
        "iat": int(link.issued_at.timestamp()),
        "exp": int(link.expires_at.timestamp()),
    }
    return jwt.encode(claims, key, algorithm=_ALGORITHM, headers={"typ": _TYPE})


def read_link(token: str, key: bytes, audience: str, now: datetime) -> EnrollmentLink:
    """Read a token and check that it is ours, for this host, and not over.

    audience: the host name under which the link was opened.
    raises: LinkRefused (FORGED, WRONG_HOST, EXPIRED).
    """
    link = _genuine(token, key)
    if link.host != audience:
        raise LinkRefused(LinkRefusal.WRONG_HOST)
    if now >= link.expires_at:
        raise LinkRefused(LinkRefusal.EXPIRED)
    return link


def check_use(uses_so_far: int, most_uses: int | None, revoked: bool) -> None:
    """Refuse a link that has been called back or used often enough.

    most_uses: None for no limit.
    raises: LinkRefused (REVOKED, USED_UP).
    """
    if revoked:
        raise LinkRefused(LinkRefusal.REVOKED)
    if most_uses is not None and uses_so_far >= most_uses:
        raise LinkRefused(LinkRefusal.USED_UP)


def _genuine(token: str, key: bytes) -> EnrollmentLink:
    # Dates and host are judged by ourselves: the library would read the machine's clock.
    options: jwt.types.Options = {
        "require": _REQUIRED,
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "verify_aud": False,
    }
    if len(token) > _LONGEST:
        raise LinkRefused(LinkRefusal.FORGED)
    try:
        read = jwt.decode_complete(
            token, key, algorithms=[_ALGORITHM], issuer=_ISSUER, options=options
        )
        if read["header"].get("typ") != _TYPE:
            raise LinkRefused(LinkRefusal.FORGED)
        return _link_from(read["payload"])
    except (jwt.PyJWTError, ValueError, OverflowError) as error:
        raise LinkRefused(LinkRefusal.FORGED) from error


def _link_from(claims: dict[str, object]) -> EnrollmentLink:
    class_name = claims.get("class")
    return EnrollmentLink(
        link_id=_text(claims["jti"]),
        host=_text(claims["aud"]),
        school=_text(claims["school"]),
        class_name=None if class_name is None else _text(class_name),
        issued_at=_instant(claims["iat"]),
        expires_at=_instant(claims["exp"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise LinkRefused(LinkRefusal.FORGED)
    return value


def _instant(value: object) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool):
        raise LinkRefused(LinkRefusal.FORGED)
    return datetime.fromtimestamp(value, UTC)
