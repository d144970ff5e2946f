"""Reading check-in messages: liberal in what is missing, strict in what is there."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.checkin import (
    Authenticate,
    CheckOut,
    DeclarationsEndpoint,
    DeclarativeManagement,
    EndpointKind,
    GetBootstrapToken,
    GetToken,
    ReturnToService,
    SetBootstrapToken,
    TokenService,
    TokenUpdate,
    UserAuthenticate,
    endpoint_from,
    read_checkin,
)
from enrollment.errors import EnrollmentError, MalformedCheckin, UnknownMessageType
from enrollment.identifiers import SHARED_IPAD_USER_ID, ChannelKind
from profiles import plist
from profiles.declarations.manifest import DeclarationKind
from tests.enrollment.messages import TOPIC, UDID, authenticate, message, token_update


def test_an_authenticate_tells_what_the_device_is() -> None:
    read = read_checkin(authenticate(SerialNumber="DMPXX0001", ProductName="iPad13,18"))

    assert isinstance(read, Authenticate)
    assert read.channel.key == UDID
    assert (read.serial_number, read.product_name) == ("DMPXX0001", "iPad13,18")
    assert read.os_version is None


def test_an_authenticate_without_any_detail_is_accepted() -> None:
    read = read_checkin(message("Authenticate"))

    assert isinstance(read, Authenticate)
    assert read.topic is None


def test_keys_that_we_do_not_know_are_ignored() -> None:
    read = read_checkin(authenticate(SomethingNew=[1, 2]))

    assert isinstance(read, Authenticate)


def test_a_token_update_tells_how_to_wake_the_device() -> None:
    read = read_checkin(token_update(UnlockToken=b"u" * 2000, AwaitingConfiguration=True))

    assert isinstance(read, TokenUpdate)
    assert (read.token, read.push_magic, read.topic) == (b"\x01" * 32, "magic-1", TOPIC)
    assert read.unlock_token == b"u" * 2000
    assert read.awaiting_configuration is True


def test_a_token_update_may_lack_unlock_token_topic_and_awaiting_configuration() -> None:
    read = read_checkin(message("TokenUpdate", Token=b"fakeToken", PushMagic="m"))

    assert isinstance(read, TokenUpdate)
    assert read.unlock_token is None
    assert read.topic is None
    assert read.awaiting_configuration is None


def test_token_and_magic_together_have_a_digest() -> None:
    first, same, other = (
        read_checkin(token_update(PushMagic=magic)) for magic in ("magic-1", "magic-1", "magic-2")
    )

    assert isinstance(first, TokenUpdate)
    assert isinstance(same, TokenUpdate)
    assert isinstance(other, TokenUpdate)
    assert first.token_digest == same.token_digest != other.token_digest


def test_a_user_of_a_shared_ipad_speaks_on_a_channel_of_his_own() -> None:
    read = read_checkin(
        token_update(UserID=SHARED_IPAD_USER_ID, UserShortName="mia@schule.example")
    )

    assert read.channel.kind is ChannelKind.SHARED_IPAD_USER


def test_a_check_out_needs_no_more_than_an_identifier() -> None:
    assert isinstance(read_checkin(message("CheckOut")), CheckOut)


def test_a_user_of_a_mac_may_ask() -> None:
    read = read_checkin(message("UserAuthenticate", UserID="1B2C"))

    assert isinstance(read, UserAuthenticate)
    assert read.channel.kind is ChannelKind.MAC_USER


@pytest.mark.parametrize("keys", [{}, {"BootstrapToken": b""}])
def test_a_missing_or_empty_bootstrap_token_means_delete(keys: dict[str, bytes]) -> None:
    read = read_checkin(message("SetBootstrapToken", **keys))

    assert isinstance(read, SetBootstrapToken)
    assert read.bootstrap_token is None


def test_a_bootstrap_token_is_handed_over_and_asked_for() -> None:
    handed_over = read_checkin(message("SetBootstrapToken", BootstrapToken=b"boot"))
    asked = read_checkin(message("GetBootstrapToken", AwaitingConfiguration=True))

    assert isinstance(handed_over, SetBootstrapToken)
    assert handed_over.bootstrap_token == b"boot"
    assert isinstance(asked, GetBootstrapToken)
    assert asked.awaiting_configuration


def test_a_token_for_a_managed_apple_account_can_be_asked_for() -> None:
    read = read_checkin(message("GetToken", TokenServiceType="com.apple.maid"))

    assert isinstance(read, GetToken)
    assert read.service is TokenService.MANAGED_APPLE_ACCOUNT


def test_a_token_service_that_we_do_not_serve_is_read_as_none() -> None:
    read = read_checkin(message("GetToken", TokenServiceType="com.apple.watch.pairing"))

    assert isinstance(read, GetToken)
    assert read.service is None


def test_a_device_tells_that_it_returns_to_service() -> None:
    assert isinstance(read_checkin(message("ReturnToService")), ReturnToService)


def test_a_status_report_is_handed_on_unread() -> None:
    read = read_checkin(message("DeclarativeManagement", Endpoint="status", Data=b"not json"))

    assert isinstance(read, DeclarativeManagement)
    assert read.endpoint == DeclarationsEndpoint(EndpointKind.STATUS)
    assert read.data == b"not json"


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("tokens", DeclarationsEndpoint(EndpointKind.TOKENS)),
        ("declaration-items", DeclarationsEndpoint(EndpointKind.DECLARATION_ITEMS)),
        (
            "declaration/configuration/cfg.passcode",
            DeclarationsEndpoint(
                EndpointKind.DECLARATION, DeclarationKind.CONFIGURATION, "cfg.passcode"
            ),
        ),
        (
            "declaration/asset/a/b",
            DeclarationsEndpoint(EndpointKind.DECLARATION, DeclarationKind.ASSET, "a/b"),
        ),
    ],
)
def test_the_address_of_a_declaration_is_understood(
    text: str, endpoint: DeclarationsEndpoint
) -> None:
    assert endpoint_from(text) == endpoint


@pytest.mark.parametrize(
    "text",
    ["", "Tokens", "declaration", "declaration/", "declaration/asset", "declaration/asset/",
     "declaration/wish/x", "tokens/x", "declaration/asset/\u202ex", "declaration//x"],
)  # fmt: skip
def test_an_unknown_address_is_refused(text: str) -> None:
    with pytest.raises(MalformedCheckin) as refusal:
        endpoint_from(text)

    assert refusal.value.field == "Endpoint"


def test_an_unknown_message_type_is_told_apart() -> None:
    with pytest.raises(UnknownMessageType):
        read_checkin(message("SingASong"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"bplist00", "body"),
        (plist.write({"UDID": UDID}), "MessageType"),
        (plist.write({"MessageType": 1, "UDID": UDID}), "MessageType"),
        (plist.write({"MessageType": "Authenticate"}), "UDID"),
        (plist.write({"MessageType": "Authenticate", "UDID": 5}), "UDID"),
        (authenticate(UDID=""), "UDID"),
        (authenticate(EnrollmentID="E-1"), "EnrollmentID"),
        (authenticate(UDID="u" * 10_000), "UDID"),
        (authenticate(SerialNumber="s" * 10_000), "SerialNumber"),
        (authenticate(SerialNumber="\u202egnp.exe"), "SerialNumber"),
        (authenticate(DeviceName="n" * 2000), "DeviceName"),
        (authenticate(IMEI=7), "IMEI"),
        (authenticate(UserID="1B2C"), "MessageType"),
        (message("CheckOut", UserID="1B2C"), "MessageType"),
        (message("TokenUpdate", PushMagic="m"), "Token"),
        (message("TokenUpdate", Token=b"t"), "PushMagic"),
        (token_update(Token=b""), "Token"),
        (token_update(Token="text"), "Token"),
        (token_update(Token=b"t" * 2000), "Token"),
        (token_update(PushMagic="m" * 2000), "PushMagic"),
        (token_update(UnlockToken=b"u" * 100_000), "UnlockToken"),
        (token_update(AwaitingConfiguration=1), "AwaitingConfiguration"),
        (message("GetToken"), "TokenServiceType"),
        (message("DeclarativeManagement"), "Endpoint"),
        (message("DeclarativeManagement", Endpoint="status", Data="text"), "Data"),
        (message("SetBootstrapToken", BootstrapToken=b"b" * 100_000), "BootstrapToken"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(body: bytes, field: str) -> None:
    with pytest.raises(MalformedCheckin) as refusal:
        read_checkin(body)

    assert refusal.value.field == field


def test_no_secret_shows_in_what_a_message_prints() -> None:
    update = read_checkin(token_update(UnlockToken=b"open-sesame", PushMagic="hush-hush"))
    bootstrap = read_checkin(message("SetBootstrapToken", BootstrapToken=b"open-sesame"))

    printed = repr(update) + repr(bootstrap)

    assert "open-sesame" not in printed
    assert "hush-hush" not in printed


@given(
    position=st.integers(min_value=0),
    replacement=st.binary(max_size=3),
    cut=st.integers(min_value=0, max_value=3),
)
def test_a_damaged_message_is_read_or_refused_and_nothing_else(
    position: int, replacement: bytes, cut: int
) -> None:
    good = token_update(UnlockToken=b"u" * 40, AwaitingConfiguration=True)
    at = position % len(good)

    with suppress(EnrollmentError):
        read_checkin(good[:at] + replacement + good[at + cut :])
