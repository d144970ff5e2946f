"""Enrolment links: whom they admit, and every way of forging one."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.errors import LinkRefusal, LinkRefused
from enrollment.link import EnrollmentLink, check_use, read_link, sign_link
from tests.enrollment.facts import NOW

KEY = b"k" * 32
HOST = "mdm.beispielstadt.example"
LINK = EnrollmentLink("link-1", HOST, "12", "7b", NOW, NOW + timedelta(days=7))
CLAIMS: dict[str, Any] = {
    "iss": "klassensatz",
    "aud": HOST,
    "jti": "link-1",
    "school": "12",
    "class": "7b",
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 3600,
}


def unsigned() -> str:
    parts = ({"alg": "none", "typ": "enrol+jwt"}, CLAIMS)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join(part.rstrip("=") for part in encoded) + "."


def token(key: bytes = KEY, typ: str = "enrol+jwt", **claims: Any) -> str:
    said = {name: value for name, value in {**CLAIMS, **claims}.items() if value != "absent"}
    return jwt.encode(said, key, algorithm="HS256", headers={"typ": typ})


def refusal_of(text: str, audience: str = HOST) -> LinkRefusal:
    with pytest.raises(LinkRefused) as refusal:
        read_link(text, KEY, audience, NOW)
    return refusal.value.kind


def test_a_link_says_the_same_after_signing_and_reading() -> None:
    assert read_link(sign_link(LINK, KEY), KEY, HOST, NOW) == LINK


def test_a_link_may_be_for_a_whole_school() -> None:
    whole_school = replace(LINK, class_name=None)

    assert read_link(sign_link(whole_school, KEY), KEY, HOST, NOW).class_name is None


def test_a_link_is_over_at_its_last_instant() -> None:
    signed = sign_link(LINK, KEY)

    assert read_link(signed, KEY, HOST, LINK.expires_at - timedelta(seconds=1))
    with pytest.raises(LinkRefused) as refusal:
        read_link(signed, KEY, HOST, LINK.expires_at)
    assert refusal.value.kind is LinkRefusal.EXPIRED


def test_a_link_of_another_host_is_refused() -> None:
    assert refusal_of(sign_link(LINK, KEY), "anderswo.example") is LinkRefusal.WRONG_HOST


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "a.b.c",
        "x" * 5000,
        token(key=b"z" * 32),
        token(typ="JWT"),
        token(iss="somebody"),
        token(iss="absent"),
        token(aud="absent"),
        token(aud=[HOST]),
        token(jti="absent"),
        token(jti=7),
        token(school="absent"),
        token(school=12),
        token(school=""),
        jwt.encode({**CLAIMS, "class": 7}, KEY, headers={"typ": "enrol+jwt"}),
        token(exp="absent"),
        token(exp="soon"),
        token(exp=True),
        token(exp=10**30),
        token(iat="absent"),
        unsigned(),
        jwt.encode(CLAIMS, b"k" * 64, algorithm="HS512", headers={"typ": "enrol+jwt"}),
    ],
)
def test_a_forged_link_is_refused(forged: str) -> None:
    assert refusal_of(forged) is LinkRefusal.FORGED


def test_a_forged_link_is_forged_even_if_it_is_expired_or_for_another_host() -> None:
    assert refusal_of(token(key=b"z" * 32, exp=1)) is LinkRefusal.FORGED
    assert refusal_of(token(key=b"z" * 32), "anderswo.example") is LinkRefusal.FORGED


@given(st.data())
def test_no_changed_character_goes_unnoticed(data: st.DataObject) -> None:
    signed = sign_link(LINK, KEY)
    # The last character of a base64url part may hold bits that mean nothing.
    at = data.draw(st.integers(0, len(signed) - 2).filter(lambda i: signed[i + 1] != "."))
    other = data.draw(st.sampled_from("ABab01-_").filter(lambda character: character != signed[at]))

    with pytest.raises(LinkRefused):
        read_link(signed[:at] + other + signed[at + 1 :], KEY, HOST, NOW)


@given(st.text(max_size=100))
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(LinkRefused):
        read_link(text, KEY, HOST, NOW)


def test_a_short_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sign_link(LINK, b"short")


def test_a_link_admits_as_often_as_it_promises() -> None:
    check_use(uses_so_far=29, most_uses=30, revoked=False)
    check_use(uses_so_far=10_000, most_uses=None, revoked=False)

    with pytest.raises(LinkRefused) as refusal:
        check_use(uses_so_far=30, most_uses=30, revoked=False)

    assert refusal.value.kind is LinkRefusal.USED_UP


def test_a_link_called_back_admits_nobody() -> None:
    with pytest.raises(LinkRefused) as refusal:
        check_use(uses_so_far=0, most_uses=None, revoked=True)

    assert refusal.value.kind is LinkRefusal.REVOKED
