"""The strict reader of property lists: what it accepts, and all that it refuses."""

import plistlib
import random
from datetime import UTC, datetime

import pytest

from profiles import plist
from profiles.errors import MalformedPlist
from tests.profiles.plist_samples import APP_LIST, MESSAGES, TOKEN_UPDATE, one_value
from tests.profiles.plist_samples import plist as wrapped


@pytest.mark.parametrize("message", [TOKEN_UPDATE, APP_LIST])
def test_a_message_reads_as_another_reader_reads_it(message: dict[str, object]) -> None:
    body = plistlib.dumps(message)

    read = plist.read_dict(body)

    assert read == message
    assert list(read) == sorted(message)


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<string></string>", ""),
        ("<string/>", ""),
        ("<string>  </string>", "  "),
        ("<string>a &amp; b &#x1F34E;</string>", "a & b \U0001f34e"),
        ("<string>x<!-- between -->y</string>", "xy"),
        ("<integer>-9223372036854775808</integer>", -(2**63)),
        ("<integer>18446744073709551615</integer>", 2**64 - 1),
        ("<real>-1.5e3</real>", -1500.0),
        ("<true/>", True),
        ("<true></true>", True),
        ("<false />", False),
        ("<data>\n\tAAEC\n\tAw==\n</data>", b"\0\1\2\3"),
        ("<data/>", b""),
        ("<array/>", []),
        ("<dict/>", {}),
        ("<date>2026-09-01T06:00:00Z</date>", datetime(2026, 9, 1, 6, tzinfo=UTC)),
    ],
)
def test_each_kind_of_value_is_read(inner: str, expected: object) -> None:
    value = plist.read_dict(one_value(inner))["K"]

    assert value == expected
    assert type(value) is type(expected)


def test_dates_are_aware_and_in_utc() -> None:
    value = plist.read_dict(one_value("<date>2026-09-01T06:00:00Z</date>"))["K"]

    assert isinstance(value, datetime)
    assert value.utcoffset() is not None


@pytest.mark.parametrize(
    "prolog",
    [
        "",
        '<?xml version="1.0"?>',
        "<?xml version='1.0' encoding='utf-8' standalone='yes'?>",
        "\ufeff<?xml version='1.0' encoding='UTF-8'?>",
        '<!DOCTYPE plist SYSTEM "http://127.0.0.1:9/never-fetched.dtd">',
        "<!-- made by hand -->\n",
    ],
)
def test_the_usual_beginnings_are_accepted_and_nothing_is_fetched(prolog: str) -> None:
    body = (prolog + '<plist version="1.0"><dict/></plist>').encode()

    assert plist.read_dict(body) == {}


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "&a;"}">' for i in range(9))
    + "]><plist><dict><key>K</key><string>&a8;</string></dict></plist>"
)

REFUSED = {
    "nothing": b"",
    "blank": b"  \n",
    "text": b"hello",
    "html": b"<html><body/></html>",
    "billion laughs": LAUGHS.encode(),
    "entity to a file": b'<!DOCTYPE plist [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
    b"<plist><dict><key>K</key><string>&f;</string></dict></plist>",
    "entity to an address": b'<!DOCTYPE plist [<!ENTITY f SYSTEM "http://127.0.0.1:9/">]>'
    b"<plist><dict><key>K</key><string>&f;</string></dict></plist>",
    "parameter entity": b'<!DOCTYPE plist [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>'
    b"<plist><dict/></plist>",
    "empty internal subset": b"<!DOCTYPE plist []><plist><dict/></plist>",
    "foreign document type": b"<!DOCTYPE html><plist><dict/></plist>",
    "undefined entity": one_value("<string>&nbsp;</string>"),
    "root is a string": wrapped("<string>x</string>"),
    "root is an array": wrapped("<array/>"),
    "no root value": wrapped(""),
    "two root values": wrapped("<dict/><dict/>"),
    "two documents": wrapped("<dict/>") * 2,
    "bytes after the end": wrapped("<dict/>") + b"x",
    "root is no plist": b"<dict/>",
    "plist closed at once": b"<plist/>",
    "foreign version": b'<plist version="2.0"><dict/></plist>',
    "unknown element": one_value("<uid>1</uid>"),
    "attribute": one_value('<string lang="de">x</string>'),
    "name space": b'<plist xmlns="urn:x"><dict/></plist>',
    "processing instruction": one_value("<?php x ?><string/>"),
    "marked section": one_value("<string><![CDATA[x]]></string>"),
    "element inside a string": one_value("<string>a<true/></string>"),
    "text inside a dictionary": wrapped("<dict>x</dict>"),
    "text between values": wrapped("<dict><key>K</key>x<true/></dict>"),
    "text inside true": one_value("<true>x</true>"),
    "key without value": wrapped("<dict><key>K</key></dict>"),
    "key twice in a row": wrapped("<dict><key>K</key><key>L</key></dict>"),
    "value without key": wrapped("<dict><true/></dict>"),
    "duplicate key": wrapped("<dict><key>K</key><true/><key>K</key><true/></dict>"),
    "key outside a dictionary": wrapped("<key>K</key>"),
    "key in an array": one_value("<array><key>K</key></array>"),
    "integer of 20 nines": one_value("<integer>99999999999999999999</integer>"),
    "integer of 5,000 digits": one_value(f"<integer>{'9' * 5000}</integer>"),
    "negative beyond 64 bits": one_value("<integer>-9223372036854775809</integer>"),
    "empty integer": one_value("<integer></integer>"),
    "integer in words": one_value("<integer>one</integer>"),
    "integer with underscore": one_value("<integer>1_000</integer>"),
    "hexadecimal integer": one_value("<integer>0x1F</integer>"),
    "arabic digits": one_value("<integer>\u0661</integer>"),
    "nan": one_value("<real>nan</real>"),
    "inf": one_value("<real>inf</real>"),
    "real beyond measure": one_value("<real>1e999</real>"),
    "empty real": one_value("<real></real>"),
    "month 13": one_value("<date>2026-13-01T00:00:00Z</date>"),
    "year 0": one_value("<date>0000-01-01T00:00:00Z</date>"),
    "date in words": one_value("<date>tomorrow</date>"),
    "date without time": one_value("<date>2026-09-01</date>"),
    "second 60": one_value("<date>2026-09-01T23:59:60Z</date>"),
    "base64 cut short": one_value("<data>AAE</data>"),
    "base64 with other letters": one_value("<data>AA_-</data>"),
    "base64 with umlaut": one_value("<data>AAÄ=</data>"),
    "base64 after its end": one_value("<data>AA==AAAA</data>"),
    "base64 with padding not due": one_value("<data>AAAA====</data>"),
    "zero byte": one_value("<string>a\0b</string>"),
    "zero as reference": one_value("<string>&#0;</string>"),
    "control character": one_value("<string>a\x01b</string>"),
    "invalid UTF-8": one_value("<string>a</string>").replace(b">a<", b">\xff<"),
    "UTF-16": one_value("<true/>").decode().encode("utf-16"),
    "UTF-16 declared": one_value("<true/>").replace(b"UTF-8", b"UTF-16"),
    "UTF-7 declared": one_value("<true/>").replace(b"UTF-8", b"UTF-7"),
    "latin-1 declared": one_value("<true/>").replace(b"UTF-8", b"ISO-8859-1"),
    "unknown encoding declared": one_value("<true/>").replace(b"UTF-8", b"X-BEISPIEL"),
    "binary": plistlib.dumps({"K": True}, fmt=plistlib.FMT_BINARY),
    "binary garbage": b"bplist00" + bytes(range(256)),
    "unclosed comment": wrapped("<dict><!-- </dict>"),
    "long key": wrapped(f"<dict><key>{'k' * 70_000}</key><true/></dict>"),
    "100,000 nested arrays": one_value("<array>" * 100_000 + "</array>" * 100_000),
    "50,000 nested dictionaries": wrapped(
        "<dict><key>K</key>" * 50_000 + "<true/>" + "</dict>" * 50_000
    ),
    "65 nested arrays": one_value("<array>" * 65 + "</array>" * 65),
    "200,000 keys": wrapped(
        "<dict>" + "".join(f"<key>{i}</key><true/>" for i in range(200_000)) + "</dict>"
    ),
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_bad_bodies_are_refused_with_the_one_exception(body: bytes) -> None:
    with pytest.raises(MalformedPlist):
        plist.read_dict(body)


def test_no_refusal_repeats_the_body() -> None:
    secret = "geheim-wlan-passwort"

    with pytest.raises(MalformedPlist) as caught:
        plist.read_dict(one_value(f"<data>{secret}</data>"))

    assert secret not in str(caught.value)


def test_a_body_over_the_limit_is_refused_before_reading() -> None:
    with pytest.raises(MalformedPlist, match="too large"):
        plist.read_dict(one_value("<string>" + "x" * 100 + "</string>"), max_bytes=100)


def test_63_nested_arrays_in_a_dictionary_are_within_the_limit() -> None:
    body = one_value("<array>" * 63 + "</array>" * 63)

    assert "K" in plist.read_dict(body)


@pytest.mark.parametrize("body", MESSAGES)
def test_a_message_cut_anywhere_before_its_last_tag_is_refused(body: bytes) -> None:
    end = body.rindex(b">")

    for cut in range(0, end, 97):
        with pytest.raises(MalformedPlist):
            plist.read_dict(body[:cut])


def test_mutated_messages_raise_nothing_but_the_one_exception() -> None:
    chance = random.Random(21)
    refused = 0

    for _ in range(20_000):
        try:
            plist.read_dict(_mutated(chance, chance.choice(MESSAGES)))
        except MalformedPlist:
            refused += 1

    assert refused > 10_000


def _mutated(chance: random.Random, body: bytes) -> bytes:
    mutated = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(mutated))
        match chance.randrange(5):
            case 0:
                mutated[at] ^= 1 << chance.randrange(8)
            case 1:
                del mutated[at : at + chance.randint(1, 20)]
            case 2:
                mutated[at:at] = chance.choice(_FRAGMENTS)
            case 3:
                other = chance.choice(MESSAGES)
                start = chance.randrange(len(other))
                mutated[at:at] = other[start : start + 40]
            case _:
                mutated[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(mutated)


_FRAGMENTS = [
    b"<dict>",
    b"</dict>",
    b"<key>",
    b"</key>",
    b"<array>",
    b"<string/>",
    b"<!--",
    b"-->",
    b"&amp;",
    b"&#0;",
    b"]]>",
    b"<![CDATA[",
    b"<integer>1</integer>",
    b"\xff\xfe",
    b"\0",
    b"<!DOCTYPE plist>",
]
