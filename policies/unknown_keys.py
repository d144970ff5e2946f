"""What a device will not obey of a blueprint, setting by setting and key by key.

Nothing is left out of a plan silently: these are told per device, beside its plan. Not here: the
facts about keys (profiles.schema), whether a setting travels in another way instead
(policies.reconcile).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.blueprint import DeclarationSetting, ProfileSetting, Setting, SettingKind
from policies.stand_ins import may_stand_in
from profiles.schema import declaration_hints, hints
from profiles.schema.declaration_tables import declaration_types
from profiles.schema.hints import DeviceTraits, HintKind, KeyHint
from profiles.schema.tables import payload_types


@dataclass(frozen=True, slots=True)
class PayloadKeys:
    """One payload as far as hints need it. keys: its skeleton (profiles.schema.skeleton)."""

    payload_type: str
    keys: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A key of a setting that one device does not obey.

    kind, subject: of the setting, as it stands in its blueprint. part: the type of the payload
        or declaration that has the key.
    """

    kind: SettingKind
    subject: str
    part: str
    hint: KeyHint


def unknown_keys(
    settings: Iterable[Setting],
    profiles: Mapping[tuple[int, int | None], Sequence[PayloadKeys]],
    device: DeviceTraits,
) -> list[UnknownKey]:
    """List what a device does not obey, in the order of the settings.

    profiles: the payloads by number and version of a profile, version None: the newest. One that
        is not among them gives no hint. What is only deprecated is still obeyed.
    """
    return [
        UnknownKey(setting.kind, setting.subject, part, hint)
        for setting in settings
        for part, hint in _hints(setting, profiles, device)
    ]


def unknown_in(payloads: Iterable[PayloadKeys], device: DeviceTraits) -> list[tuple[str, KeyHint]]:
    """List what a device does not obey of one profile, each with the type of its payload."""
    return [
        (payload.payload_type, hint)
        for payload in payloads
        if payload.payload_type in payload_types()
        for hint in hints.unsupported_on(payload.payload_type, payload.keys, device)
        if hint.kind is not HintKind.DEPRECATED
    ]


def unknown_in_declaration(
    declaration_type: str, payload: Mapping[str, object], device: DeviceTraits, *, stands_in: bool
) -> list[KeyHint]:
    """List what a device does not obey of one declaration.

    stands_in: a profile says the same to a system that takes no such declaration, and is obeyed.
    """
    if declaration_type not in declaration_types():
        return []
    found = declaration_hints.unsupported_on(declaration_type, payload, device)
    if stands_in and any(_is_too_old(hint) for hint in found):
        return []
    return [hint for hint in found if hint.kind is not HintKind.DEPRECATED]


def _is_too_old(hint: KeyHint) -> bool:
    return hint.kind is HintKind.NEEDS_NEWER_OS and hint.field == "Type"


def _hints(
    setting: Setting,
    profiles: Mapping[tuple[int, int | None], Sequence[PayloadKeys]],
    device: DeviceTraits,
) -> Iterator[tuple[str, KeyHint]]:
    match setting:
        case ProfileSetting():
            yield from unknown_in(profiles.get((setting.profile_id, setting.version), ()), device)
        case DeclarationSetting():
            part = setting.declaration_type
            stands_in = may_stand_in(part)
            found = unknown_in_declaration(part, setting.payload, device, stands_in=stands_in)
            yield from ((part, hint) for hint in found)
        case _:
            return
