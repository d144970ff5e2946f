"""The quick look at small reports may never see anything that the strict reader does not see."""

import plistlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles import plist
from tests.profiles.plist_samples import ACKNOWLEDGED, COMMAND_UUID, UDID

KEYS = {
    "Status": "status",
    "CommandUUID": "command_uuid",
    "UDID": "udid",
    "EnrollmentID": "enrollment_id",
    "EnrollmentUserID": "enrollment_user_id",
    "UserID": "user_id",
    "UserShortName": "user_short_name",
    "UserLongName": "user_long_name",
    "RequestType": "request_type",
}


def test_an_acknowledgement_takes_the_quick_way() -> None:
    envelope = plist.read_report_envelope(plistlib.dumps(ACKNOWLEDGED))

    assert envelope is not None
    assert envelope.status == "Acknowledged"
    assert envelope.command_uuid == COMMAND_UUID
    assert envelope.udid == UDID
    assert envelope.user_id is None


def test_our_own_writing_takes_the_quick_way() -> None:
    assert plist.read_report_envelope(plist.write({"Status": "Idle", "UDID": UDID})) is not None


@pytest.mark.parametrize(
    "message",
    [
        {"UDID": UDID},
        {**ACKNOWLEDGED, "ErrorChain": []},
        {**ACKNOWLEDGED, "NotOnConsole": False},
        {**ACKNOWLEDGED, "UserLongName": "Jörg Beispiel"},
        {**ACKNOWLEDGED, "UserLongName": "a & b"},
        {**ACKNOWLEDGED, "UserLongName": "]]>"},
        {**ACKNOWLEDGED, "UserLongName": ""},
        {**ACKNOWLEDGED, "UserLongName": "x" * 300},
        {**ACKNOWLEDGED, "QueryResponses": {"SerialNumber": "X"}},
    ],
)
def test_anything_else_takes_the_long_way(message: dict[str, object]) -> None:
    assert plist.read_report_envelope(plistlib.dumps(message)) is None


def test_a_long_body_takes_the_long_way() -> None:
    body = plistlib.dumps(ACKNOWLEDGED)

    assert plist.read_report_envelope(body + b"\n" * 2048) is None


@given(
    st.dictionaries(st.sampled_from([*KEYS, "Andere"]), st.text(max_size=12), max_size=6),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_the_quick_way_agrees_with_the_long_way(message: dict[str, str], pretty: bool) -> None:
    try:
        body = plistlib.dumps(message) if pretty else plist.write(message)
    except ValueError:
        return

    _assert_agreement(body)


def test_the_quick_way_agrees_on_mutated_bodies() -> None:
    chance = random.Random(378)
    bodies = [plistlib.dumps(ACKNOWLEDGED), plist.write({"Status": "Idle", "EnrollmentID": "E"})]
    accepted = 0

    for _ in range(20_000):
        accepted += _assert_agreement(_mutated(chance, chance.choice(bodies)))

    assert accepted > 500


def _assert_agreement(body: bytes) -> bool:
    envelope = plist.read_report_envelope(body)
    if envelope is None:
        return False
    found = {key: getattr(envelope, field) for key, field in KEYS.items()}
    present = {key: value for key, value in found.items() if value is not None}
    assert plist.read_dict(body) == present
    return True


def _mutated(chance: random.Random, body: bytes) -> bytes:
    mutated = bytearray(body)
    at = chance.randrange(len(mutated))
    match chance.randrange(4):
        case 0:
            mutated[at] ^= 1 << chance.randrange(8)
        case 1:
            del mutated[at : at + chance.randint(1, 12)]
        case 2:
            mutated[at:at] = chance.choice(_FRAGMENTS)
        case _:
            mutated[at] = chance.randrange(256)
    return bytes(mutated)


_FRAGMENTS = [
    b"<key>UDID</key><string>x</string>",
    b"<key>UserID</key><string>]]&gt;</string>",
    b"]]>",
    b"&amp;",
    b"<!-- -->",
    b" ",
    b"\x0b",
    b"\xc2\xa0",
    b"<dict>",
    b"</plist>",
]
