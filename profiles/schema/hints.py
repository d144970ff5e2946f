"""What a particular iPad will not obey, although the payload is correct.

One profile goes to many iPads, so these are no errors: a page shows them, a plan may leave the
profile out. Not here: errors that hold for every device (profiles.schema.reader).

source: Apple, "Profile-specific payload keys", columns of supported versions and supervision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from profiles.schema.facts import Channel, KeyFacts, OnSharedIpad, PayloadFacts
from profiles.schema.os_version import OsVersion
from profiles.schema.tables import facts_of


class HintKind(Enum):
    """Why a key is not obeyed, or will not be much longer."""

    NEEDS_NEWER_OS = "needs newer os"
    REMOVED = "removed"
    DEPRECATED = "deprecated"
    NEEDS_SUPERVISION = "needs supervision"
    NOT_ON_SHARED_IPAD = "not on shared ipad"
    NOT_IN_USER_ENROLLMENT = "not in user enrollment"
    WRONG_CHANNEL = "wrong channel"
    WRONG_PLATFORM = "wrong platform"


# After these nothing need be said about single keys.
_MOOT = frozenset({HintKind.NEEDS_NEWER_OS, HintKind.WRONG_PLATFORM})


@dataclass(frozen=True, slots=True)
class DeviceTraits:
    """The facts about a device that decide whether a key works; None: not known yet.

    channel: where the profile is to be installed; only a Shared iPad knows the user channel.
    apple_tv: the version is one of tvOS, and hints speak of whole payloads only.
    """

    os_version: OsVersion | None = None
    supervised: bool | None = None
    shared_ipad: bool = False
    user_enrollment: bool = False
    channel: Channel = Channel.DEVICE
    apple_tv: bool = False


@dataclass(frozen=True, slots=True)
class KeyHint:
    """One key that the device will not obey, or only for now (DEPRECATED).

    field: the key, nested keys joined with full stops; PayloadType for the whole payload.
    version: the first version that the hint speaks of, if it speaks of one.
    replacement: the key or declaration type to use instead, if there is one.
    """

    field: str
    kind: HintKind
    version: OsVersion | None = None
    replacement: str | None = None


def unsupported_on(
    payload_type: str, content: Mapping[str, object], device: DeviceTraits
) -> list[KeyHint]:
    """List what the device would refuse or ignore; facts not known about it give no hint.

    content: as accepted by `reader.check`; unknown keys are passed over.
    raises: InvalidPayload for a type without a table.
    """
    payload = facts_of(payload_type)
    whole = list(_of_payload(payload, device))
    if device.apple_tv or any(hint.kind in _MOOT for hint in whole):
        return whole
    return [*whole, *of_keys("", content, payload.keys, device)]


def of_keys(
    path: str,
    content: Mapping[str, object],
    keys: Mapping[str, KeyFacts],
    device: DeviceTraits,
) -> Iterator[KeyHint]:
    """Go through the keys of any dictionary of which there is a table.

    path: what stands before each key in `field`; empty, or ending with a full stop.
    """
    for name, value in content.items():
        facts = keys.get(name)
        if facts is None:
            continue
        yield from _of_key(path + name, facts, device)
        yield from _inside(path + name, value, facts, device)


def _of_payload(payload: PayloadFacts, device: DeviceTraits) -> Iterator[KeyHint]:
    field = "PayloadType"
    since = payload.apple_tv if device.apple_tv else payload.since
    if since is None:
        yield KeyHint(field, HintKind.WRONG_PLATFORM)
    elif device.os_version is not None:
        yield from _of_age(field, since, payload.deprecated, device.os_version)
    if payload.supervised and device.supervised is False:
        yield KeyHint(field, HintKind.NEEDS_SUPERVISION)
    if device.user_enrollment and not payload.user_enrollment:
        yield KeyHint(field, HintKind.NOT_IN_USER_ENROLLMENT)
    if device.shared_ipad and device.channel not in payload.channels:
        yield KeyHint(field, HintKind.WRONG_CHANNEL)


def _of_age(
    field: str, since: OsVersion, deprecated: OsVersion | None, installed: OsVersion
) -> Iterator[KeyHint]:
    if installed < since:
        yield KeyHint(field, HintKind.NEEDS_NEWER_OS, since)
    elif deprecated is not None and installed >= deprecated:
        yield KeyHint(field, HintKind.DEPRECATED, deprecated)


def _inside(path: str, value: object, facts: KeyFacts, device: DeviceTraits) -> Iterator[KeyHint]:
    if isinstance(value, Mapping) and facts.keys is not None:
        yield from of_keys(f"{path}.", value, facts.keys, device)
    elif isinstance(value, list | tuple) and facts.item is not None:
        for place, element in enumerate(value):
            yield from _inside(f"{path}[{place}]", element, facts.item, device)


def _of_key(field: str, facts: KeyFacts, device: DeviceTraits) -> Iterator[KeyHint]:
    if device.os_version is not None:
        yield from _of_version(field, facts, device.os_version)
    if device.supervised is False and _needs_supervision(facts, device.os_version):
        yield KeyHint(field, HintKind.NEEDS_SUPERVISION, facts.supervised_since)
    if device.shared_ipad and facts.shared_ipad is not OnSharedIpad.ALLOWED:
        yield KeyHint(field, HintKind.NOT_ON_SHARED_IPAD)
    if device.user_enrollment and not facts.user_enrollment:
        yield KeyHint(field, HintKind.NOT_IN_USER_ENROLLMENT)


def _of_version(field: str, facts: KeyFacts, installed: OsVersion) -> Iterator[KeyHint]:
    if facts.since is not None and installed < facts.since:
        yield KeyHint(field, HintKind.NEEDS_NEWER_OS, facts.since)
    elif facts.removed is not None and installed >= facts.removed:
        yield KeyHint(field, HintKind.REMOVED, facts.removed, facts.replacement)
    elif facts.deprecated is not None and installed >= facts.deprecated:
        yield KeyHint(field, HintKind.DEPRECATED, facts.deprecated, facts.replacement)


def _needs_supervision(facts: KeyFacts, installed: OsVersion | None) -> bool:
    if facts.supervised_since is None:
        return False
    return installed is None or installed >= facts.supervised_since
