"""The stand-in itself: as strict as Apple, and one stored push for each sleeping device."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mdm.simulator.apns import ApnsStandIn
from mdm.simulator.apns_certificates import StandInCertificates
from tests.mdm.apple.stage import NOW, TOPIC, Stage, a_push, act

TOKEN = bytes.fromhex("ab" * 32)


class Desk:
    """A stand-in with a clock to turn and one known device."""

    def __init__(self) -> None:
        self.now = NOW
        self.heard: list[str] = []
        self.stand_in = ApnsStandIn(lambda: self.now, lambda _, magic: self.heard.append(magic))
        self.stand_in.register(TOKEN, TOPIC)

    def push(self, magic: str = "magic", body: bytes | None = None, **changes: str | None) -> str:
        """Hand in one request; `changes` are header fields with underscores, None removes."""
        headers: dict[str, str] = {
            ":method": "POST",
            ":path": f"/3/device/{TOKEN.hex()}",
            "apns-topic": TOPIC,
            "apns-push-type": "mdm",
            "apns-expiration": str(int((NOW + timedelta(days=7)).timestamp())),
        }
        for name, value in changes.items():
            field = name.replace("_", "-").replace("pseudo-", ":")
            headers.pop(field, None)
            if value is not None:
                headers[field] = value
        payload = b'{"mdm": "%s"}' % magic.encode() if body is None else body
        answer = self.stand_in.answer(headers, payload, TOPIC)
        if answer.status == 200:
            self.stand_in.deliver(headers)
        return answer.reason


def test_a_push_wakes_its_device() -> None:
    desk = Desk()

    desk.push("knock")

    assert desk.heard == ["knock"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pseudo_method": "GET"}, "MethodNotAllowed"),
        ({"pseudo_path": "/device"}, "BadPath"),
        ({"pseudo_path": "/3/device/"}, "MissingDeviceToken"),
        ({"pseudo_path": f"/3/device/{TOKEN.hex().upper()}"}, "BadDeviceToken"),
        ({"pseudo_path": "/3/device/abc"}, "BadDeviceToken"),
        ({"pseudo_path": f"/3/device/{'cd' * 32}"}, "BadDeviceToken"),
        ({"apns_topic": None}, "MissingTopic"),
        ({"apns_topic": "com.apple.mgmt.External.other"}, "TopicDisallowed"),
        ({"apns_push_type": "alert"}, "InvalidPushType"),
        ({"apns_push_type": None}, "InvalidPushType"),
        ({"apns_priority": "11"}, "BadPriority"),
        ({"apns_expiration": "tomorrow"}, "BadExpirationDate"),
    ],
)
def test_a_wrong_request_is_refused_with_apples_word(
    changes: dict[str, str | None], reason: str
) -> None:
    desk = Desk()

    assert desk.push(**changes) == reason
    assert desk.heard == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "PayloadEmpty"),
        (b'{"mdm": "%s"}' % (b"x" * 5000), "PayloadTooLarge"),
        (b'{"aps": {}}', "BadPayload"),
        (b'{"mdm": "m", "aps": {}}', "BadPayload"),
        (b'{"mdm": ""}', "BadPayload"),
        (b'["mdm"]', "BadPayload"),
        (b"mdm", "BadPayload"),
    ],
)
def test_a_payload_is_exactly_the_magic(body: bytes, reason: str) -> None:
    assert Desk().push(body=body) == reason


def test_a_token_of_another_topic_is_refused() -> None:
    desk = Desk()
    desk.stand_in.register(TOKEN, "com.apple.mgmt.External.other")

    assert desk.push() == "DeviceTokenNotForTopic"


def test_a_dead_token_revives_when_it_is_registered_again() -> None:
    desk = Desk()
    desk.stand_in.unregister(TOKEN, NOW)
    before = desk.push()
    desk.stand_in.register(TOKEN, TOPIC)

    assert (before, desk.push()) == ("Unregistered", "")


def test_a_sleeping_device_hears_only_the_newest_push() -> None:
    desk = Desk()
    desk.stand_in.go_offline(TOKEN)
    desk.push("old")
    desk.push("new")

    desk.stand_in.go_online(TOKEN)
    desk.stand_in.go_online(TOKEN)

    assert desk.heard == ["new"]


def test_an_expired_push_is_forgotten() -> None:
    desk = Desk()
    desk.stand_in.go_offline(TOKEN)
    desk.push()
    desk.now = NOW + timedelta(days=8)

    desk.stand_in.go_online(TOKEN)

    assert desk.heard == []


def test_a_push_that_expires_at_once_is_not_stored() -> None:
    desk = Desk()
    desk.stand_in.go_offline(TOKEN)
    desk.push(apns_expiration="0")

    desk.stand_in.go_online(TOKEN)

    assert desk.heard == []


def test_a_push_that_expires_at_once_still_reaches_a_waking_device() -> None:
    desk = Desk()

    desk.push("now or never", apns_expiration="0")

    assert desk.heard == ["now or never"]


def test_a_subscriber_hears_in_place_of_the_general_listener() -> None:
    desk = Desk()
    own: list[tuple[bytes, str]] = []
    desk.stand_in.subscribe(TOKEN, lambda token, magic: own.append((token, magic)))

    desk.push("mine")

    assert own == [(TOKEN, "mine")]
    assert desk.heard == []


def test_a_late_subscriber_gets_the_stored_push() -> None:
    own: list[str] = []
    stand_in = ApnsStandIn(lambda: NOW)
    stand_in.register(TOKEN, TOPIC)
    desk = Desk()
    desk.stand_in = stand_in
    desk.push("early")

    stand_in.subscribe(TOKEN, lambda _, magic: own.append(magic))

    assert own == ["early"]


def test_a_delayed_delivery_comes_after_the_answer(certificates: StandInCertificates) -> None:
    async def scene(at: Stage) -> tuple[int, int]:
        at.stand_in.script.delivery_delay_s = 0.05
        arrived = at.expect_delivery()
        await at.client.send([a_push(1)])
        early = at.delivered.total()
        await arrived.wait()
        return early, at.delivered.total()

    assert act(certificates, scene, known=[a_push(1)]) == (0, 1)
