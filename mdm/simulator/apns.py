"""A stand-in for Apple's push service: takes pushes as strictly as Apple, wakes simulated iPads.

Here: which tokens exist, what each push is answered, the one stored push of a sleeping device.
Not here: HTTP/2 and TLS (apns_server), its certificates (apns_certificates), scripted faults
(apns_script), running it beside ordinary code (apns_thread).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mdm.simulator.apns_script import Script

OnPush = Callable[[bytes, str], None]
"""Called with token and magic when a push reaches its device."""

_PATH = "/3/device/"
_LONGEST_PAYLOAD = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in HTTP; an empty reason is a success."""

    status: int
    reason: str = ""
    timestamp_ms: int | None = None

    def body(self) -> bytes:
        """Write the body: empty, or JSON with the reason."""
        if not self.reason:
            return b""
        fields: dict[str, object] = {"reason": self.reason}
        if self.timestamp_ms is not None:
            fields["timestamp"] = self.timestamp_ms
        return json.dumps(fields).encode()


@dataclass(slots=True)
class _Device:
    """A token and its device. stored: magic and expiry of the one push that waits."""

    topic: str
    is_online: bool = True
    on_push: OnPush | None = None
    unregistered_since: datetime | None = None
    stored: tuple[str, datetime] | None = None


class ApnsStandIn:
    """The push service without its wire; `apns_server.serve` puts it on the network.

    now: reads the clock, for the expiry of stored pushes.
    on_push: hears of every push for a device without a subscriber of its own.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        on_push: OnPush | None = None,
        script: Script | None = None,
    ) -> None:
        self._now = now
        self._on_push = on_push
        self._devices: dict[bytes, _Device] = {}
        self.script = script or Script()
        self.answers: Counter[str] = Counter()
        """Reason → how often; accepted pushes under the empty reason."""
        self.connections = 0
        """How many connections have been opened."""
        self.pings = 0
        """How often clients asked for a sign of life."""
        self.violations: list[str] = []
        """What clients did against the rules of HTTP/2 or of the service's form."""

    def register(self, token: bytes, topic: str) -> None:
        """Make a token known, as when a device asks for one; an unregistered one revives."""
        self._devices[token] = _Device(topic)

    def unregister(self, token: bytes, since: datetime) -> None:
        """Let a token be dead from an instant on."""
        self._devices[token].unregistered_since = since

    def subscribe(self, token: bytes, on_push: OnPush) -> None:
        """Let a device hear of its pushes itself; a stored push is delivered at once."""
        self._devices[token].on_push = on_push
        self._deliver_stored(token)

    def go_offline(self, token: bytes) -> None:
        """Let a device be out of reach: of its pushes only the newest is kept."""
        self._devices[token].is_online = False

    def go_online(self, token: bytes) -> None:
        """Let a device be in reach again; a stored push that has not expired is delivered."""
        self._devices[token].is_online = True
        self._deliver_stored(token)

    def answer(self, headers: Mapping[str, str], body: bytes, certificate_topic: str) -> Answer:
        """Take one request. An accepted push is stored until `deliver` is called."""
        answer = self._judge(headers, body, certificate_topic)
        self.answers[answer.reason] += 1
        if answer.status == 200:
            token = _token(headers)
            expiry = datetime.fromtimestamp(int(headers.get("apns-expiration", "0")), UTC)
            self._devices[token].stored = (json.loads(body)["mdm"], expiry)
        return answer

    def deliver(self, headers: Mapping[str, str]) -> None:
        """Bring the push just accepted to its device, or keep it if the device is away."""
        token = _token(headers)
        device = self._devices.get(token)
        if device is None or device.stored is None:
            return
        if self._is_reachable(device):
            self._hand_over(token, device)
        elif headers.get("apns-expiration", "0") == "0":
            device.stored = None

    def _deliver_stored(self, token: bytes) -> None:
        device = self._devices[token]
        if device.stored is None or not self._is_reachable(device):
            return
        if device.stored[1] <= self._now():
            device.stored = None
        else:
            self._hand_over(token, device)

    def _is_reachable(self, device: _Device) -> bool:
        return device.is_online and (device.on_push or self._on_push) is not None

    def _hand_over(self, token: bytes, device: _Device) -> None:
        listener = device.on_push or self._on_push
        if device.stored is not None and listener is not None:
            magic, _ = device.stored
            device.stored = None
            listener(token, magic)

    def _judge(self, headers: Mapping[str, str], body: bytes, certificate_topic: str) -> Answer:
        return (
            self._scripted_for_all()
            or _fault_of_form(headers, body)
            or _fault_of_topic(headers, certificate_topic)
            or self._fault_of_token(_token(headers), headers["apns-topic"])
            or Answer(200)
        )

    def _scripted_for_all(self) -> Answer | None:
        script = self.script
        if script.bad_certificate:
            return Answer(403, "BadCertificate")
        if script.unavailable > 0:
            script.unavailable -= 1
            return Answer(503, "ServiceUnavailable")
        if script.failing > 0:
            script.failing -= 1
            return Answer(500, "InternalServerError")
        return None

    def _fault_of_token(self, token: bytes, topic: str) -> Answer | None:
        if token in self.script.refused:
            return Answer(*self.script.refused[token])
        if token in self.script.throttled:
            return Answer(429, "TooManyRequests")
        device = self._devices.get(token)
        if device is None:
            return Answer(400, "BadDeviceToken")
        if device.topic != topic:
            return Answer(400, "DeviceTokenNotForTopic")
        if device.unregistered_since is not None:
            return Answer(410, "Unregistered", int(device.unregistered_since.timestamp() * 1000))
        return None


def _token(headers: Mapping[str, str]) -> bytes:
    return bytes.fromhex(headers[":path"].removeprefix(_PATH))


def _fault_of_form(headers: Mapping[str, str], body: bytes) -> Answer | None:
    if headers.get(":method") != "POST":
        return Answer(405, "MethodNotAllowed")
    path = headers.get(":path", "")
    if not path.startswith(_PATH):
        return Answer(404, "BadPath")
    return _fault_of_hex(path.removeprefix(_PATH)) or _fault_of_fields(headers, body)


def _fault_of_hex(text: str) -> Answer | None:
    if not text:
        return Answer(400, "MissingDeviceToken")
    is_hex = len(text) % 2 == 0 and set(text) <= set("0123456789abcdef")
    return None if is_hex else Answer(400, "BadDeviceToken")


def _fault_of_fields(headers: Mapping[str, str], body: bytes) -> Answer | None:
    if headers.get("apns-push-type") != "mdm":
        return Answer(400, "InvalidPushType")
    if headers.get("apns-priority", "10") not in {"10", "5", "1"}:
        return Answer(400, "BadPriority")
    expiration = headers.get("apns-expiration", "0")
    if not (expiration.isascii() and expiration.isdigit() and len(expiration) <= 11):
        return Answer(400, "BadExpirationDate")
    if not body:
        return Answer(400, "PayloadEmpty")
    if len(body) > _LONGEST_PAYLOAD:
        return Answer(413, "PayloadTooLarge")
    # Apple takes any JSON object and the device ignores it; for a test that is no help.
    return None if _is_mdm_payload(body) else Answer(400, "BadPayload")


def _fault_of_topic(headers: Mapping[str, str], certificate_topic: str) -> Answer | None:
    if not (topic := headers.get("apns-topic")):
        return Answer(400, "MissingTopic")
    return None if topic == certificate_topic else Answer(400, "TopicDisallowed")


def _is_mdm_payload(body: bytes) -> bool:
    """Tell whether the payload has exactly the one key, with a text."""
    try:
        payload = json.loads(body)
    except ValueError:
        return False
    return isinstance(payload, dict) and set(payload) == {"mdm"} and _is_magic(payload["mdm"])


def _is_magic(value: object) -> bool:
    return isinstance(value, str) and value != ""
