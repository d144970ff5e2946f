"""What a device is told in answer to a check-in message."""

from datetime import UTC, datetime

from enrollment.checkin_answers import (
    bootstrap_token_answer,
    get_token_answer,
    maid_token_claims,
    manages_users_of,
    return_to_service_declined,
)
from enrollment.identifiers import SHARED_IPAD_USER_ID, channel_of
from profiles import plist


def test_a_stored_bootstrap_token_is_handed_back() -> None:
    assert plist.read_dict(bootstrap_token_answer(b"boot")) == {"BootstrapToken": b"boot"}


def test_without_a_bootstrap_token_the_answer_is_an_empty_dictionary() -> None:
    assert plist.read_dict(bootstrap_token_answer(None)) == {}


def test_a_token_travels_as_data() -> None:
    assert plist.read_dict(get_token_answer(b"a.b.c")) == {"TokenData": b"a.b.c"}


def test_a_token_for_managed_apple_accounts_names_server_and_service() -> None:
    now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

    claims = maid_token_claims("SERVER-1", now, "TOKEN-1")

    assert claims == {
        "iss": "SERVER-1",
        "iat": 1795161600,
        "jti": "TOKEN-1",
        "service_type": "com.apple.maid",
    }


def test_users_of_a_shared_ipad_are_managed_and_users_of_a_mac_are_not() -> None:
    shared = channel_of(udid="A", user_id=SHARED_IPAD_USER_ID, user_short_name="mia")
    mac = channel_of(udid="A", user_id="1B2C")

    assert manages_users_of(shared)
    assert not manages_users_of(mac)


def test_a_device_that_asks_how_to_return_is_told_that_it_does_not() -> None:
    answer = plist.read_dict(return_to_service_declined())

    assert answer == {"ReturnToService": {"Enabled": False}}
