"""The bytes of a conversation, signed before the clock runs.

A device opens with Idle and is handed a command; it acknowledges that one and is handed the
next, until an acknowledgement finds an empty queue. Nothing is replayed twice without the
commands having been put back into the queue in between.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mdm.cli.bench.fleet import BenchDevice
from profiles import cms, plist

# The size of an acknowledgement as an iPad writes it. Ours are filled up to it with blanks.
BODY_BYTES = 378


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what must come back.

    request: everything after the path, from " HTTP/1.1" to the end of the body.
    answer_bytes: the length of the expected body; the status is always 200.
    is_acknowledgement: it answers a command, and so takes one out of the queue.
    """

    request: bytes
    answer_bytes: int
    is_acknowledgement: bool


Conversation = tuple[Exchange, ...]


def command_body(uuid: str) -> bytes:
    """A command as it lies ready in the queue: a small profile to install."""
    payload = b"\x30" * 600
    command: plist.WritableValue = {"RequestType": "InstallProfile", "Payload": payload}
    return plist.write({"CommandUUID": uuid, "Command": command})


def conversation(device: BenchDevice) -> Conversation:
    """What one device says from its Idle to an empty queue."""
    handed_out = [len(command_body(uuid)) for uuid in device.command_uuids]
    first = Exchange(signed_request(device, idle_body(device)), handed_out[0], False)
    answers = (
        Exchange(signed_request(device, acknowledged_body(device, uuid)), size, True)
        for uuid, size in zip(device.command_uuids, [*handed_out[1:], 0], strict=True)
    )
    return (first, *answers)


def yardstick(devices: Iterable[BenchDevice]) -> list[Conversation]:
    """The same bodies for a route that only reads them, without the signature's header."""
    return [
        tuple(
            Exchange(_request(acknowledged_body(device, uuid), ()), 0, True)
            for uuid in device.command_uuids
        )
        for device in devices
    ]


def in_random_order(devices: Sequence[BenchDevice]) -> list[BenchDevice]:
    """The devices in an order that has nothing to do with their rows; the same in every run."""
    return sorted(devices, key=lambda device: hashlib.sha256(device.udid.encode()).digest())


def idle_body(device: BenchDevice) -> bytes:
    return plist.write({"Status": "Idle", "UDID": device.udid})


def acknowledged_body(device: BenchDevice, uuid: str) -> bytes:
    """An acknowledgement without content, 378 bytes."""
    report = {"CommandUUID": uuid, "Status": "Acknowledged", "UDID": device.udid}
    return plist.write(report).ljust(BODY_BYTES)


def signed_request(device: BenchDevice, body: bytes) -> bytes:
    """A request with the signature an iPad makes."""
    form = cms.SignatureForm.APPLE_LEGACY
    raw = cms.sign_detached(body, device.certificate, device.key, form)
    return _request(body, (f"Mdm-Signature: {cms.encode_signature_header(raw)}",))


def _request(body: bytes, more: tuple[str, ...]) -> bytes:
    lines = (
        " HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept: */*",
        "User-Agent: MDM/1.0",
        "Content-Type: application/x-apple-aspen-mdm; charset=UTF-8",
        f"Content-Length: {len(body)}",
        *more,
    )
    return "\r\n".join((*lines, "", "")).encode() + body
