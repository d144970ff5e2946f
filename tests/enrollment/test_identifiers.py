"""Who is talking, told from the identifiers in a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.errors import MalformedCheckin
from enrollment.identifiers import SHARED_IPAD_USER_ID, Channel, ChannelKind, channel_of

UDID = "00008030-001A2B3C4D5E6F70"


def test_a_udid_alone_is_the_device_channel() -> None:
    channel = channel_of(udid=UDID)

    assert channel == Channel(ChannelKind.DEVICE, UDID, UDID)
    assert channel.is_device


def test_the_case_of_a_udid_is_kept() -> None:
    assert channel_of(udid="ABCdef").key != channel_of(udid="abcdef").key


def test_an_enrollment_id_is_the_device_channel_of_a_personal_enrollment() -> None:
    channel = channel_of(enrollment_id="E-1")

    assert channel.kind is ChannelKind.USER_ENROLLMENT
    assert channel.is_device


def test_users_of_a_shared_ipad_are_told_apart_by_their_short_name() -> None:
    mia = channel_of(udid=UDID, user_id=SHARED_IPAD_USER_ID, user_short_name="mia@schule.example")
    ben = channel_of(udid=UDID, user_id=SHARED_IPAD_USER_ID, user_short_name="ben@schule.example")

    assert mia.kind is ChannelKind.SHARED_IPAD_USER
    assert mia.key != ben.key
    assert mia.device_key == ben.device_key == UDID
    assert not mia.is_device


@pytest.mark.parametrize("name", [None, ""])
def test_a_shared_ipad_user_without_a_name_is_a_guest(name: str | None) -> None:
    channel = channel_of(udid=UDID, user_id=SHARED_IPAD_USER_ID, user_short_name=name)

    assert channel.kind is ChannelKind.SHARED_IPAD_GUEST


def test_another_user_id_is_a_user_of_a_mac() -> None:
    channel = channel_of(udid=UDID, user_id="1B2C", user_short_name="lehrkraft_a")

    assert channel == Channel(ChannelKind.MAC_USER, f"{UDID}:1B2C", UDID)


def test_an_enrollment_user_id_is_a_user_of_a_personal_enrollment() -> None:
    channel = channel_of(enrollment_id="E-1", enrollment_user_id="U-1")

    assert channel == Channel(ChannelKind.USER_ENROLLMENT_USER, "E-1:U-1", "E-1")


@pytest.mark.parametrize(
    ("identifiers", "field"),
    [
        ({}, "UDID"),
        ({"user_id": "1B2C"}, "UDID"),
        ({"udid": ""}, "UDID"),
        ({"udid": "   "}, "UDID"),
        ({"enrollment_id": ""}, "EnrollmentID"),
        ({"udid": UDID, "enrollment_id": "E-1"}, "EnrollmentID"),
        ({"udid": UDID, "enrollment_user_id": "U-1"}, "EnrollmentUserID"),
        ({"enrollment_id": "E-1", "user_id": "U-1"}, "UserID"),
        ({"udid": UDID, "user_id": ""}, "UserID"),
        ({"udid": "A:b"}, "UDID"),
        ({"udid": "A" * 256}, "UDID"),
        ({"udid": "A\x00B"}, "UDID"),
        ({"udid": "A\nB"}, "UDID"),
        ({"udid": "A\u202eB"}, "UDID"),
        ({"udid": UDID, "user_id": SHARED_IPAD_USER_ID, "user_short_name": "\u200f"},
         "UserShortName"),
    ],
)  # fmt: skip
def test_missing_contradicting_and_unprintable_identifiers_are_refused(
    identifiers: dict[str, str], field: str
) -> None:
    with pytest.raises(MalformedCheckin) as refusal:
        channel_of(**identifiers)

    assert refusal.value.field == field


@given(udid=st.text(max_size=300), name=st.text(max_size=300))
def test_no_user_channel_ever_has_the_key_of_a_device(udid: str, name: str) -> None:
    try:
        user = channel_of(udid=udid, user_id=SHARED_IPAD_USER_ID, user_short_name=name)
    except MalformedCheckin:
        return

    with pytest.raises(MalformedCheckin):
        channel_of(udid=user.key)
