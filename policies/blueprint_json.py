"""Settings of a blueprint as JSON, both ways, and the digest that tells equal content.

Here: one spelling out, whatever the order of the settings; a reader that names the field of
every fault. Not here: what a setting may say (policies.blueprint).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches

from policies.blueprint import (
    AbsentProfileSetting,
    AppSetting,
    DeclarationSetting,
    DeviceNameSetting,
    OsVersionSetting,
    ProfileSetting,
    Setting,
    SettingKind,
)
from policies.errors import InvalidSetting
from policies.wishes import ProfileDelivery
from profiles.declarations.json_form import canonical

MOST_SETTINGS = 200


def write_settings(settings: Iterable[Setting]) -> list[dict[str, object]]:
    """Write settings as values of JSON, in an order that depends on their content only."""
    return [write_setting(setting) for setting in in_order(settings)]


def in_order(settings: Iterable[Setting]) -> tuple[Setting, ...]:
    """Sort settings by kind and subject."""
    return tuple(sorted(settings, key=lambda setting: (setting.kind, setting.subject)))


def digest(settings: Iterable[Setting]) -> str:
    """64 characters that change exactly when the content does."""
    return hashlib.sha256(canonical(write_settings(settings))).hexdigest()


def write_setting(setting: Setting) -> dict[str, object]:
    """Write one setting; every key is there, absent values as null."""
    return {"kind": setting.kind.value, **_fields(setting)}


def read_settings(value: object) -> tuple[Setting, ...]:
    """Read what `write_settings` wrote, or what a person did.

    returns: in the order given. raises: InvalidSetting with the path of the field
        (`settings[2].payload.MinimumLength`): unknown keys or kinds, wrong kinds of value, two
        settings about the same thing, more than 200.
    """
    if not isinstance(value, list | tuple):
        raise InvalidSetting("settings", "is no list", "Give a list of settings.")
    if len(value) > MOST_SETTINGS:
        raise InvalidSetting("settings", f"are more than {MOST_SETTINGS}", "Use two blueprints.")
    settings = [_read_at(place, member) for place, member in enumerate(value)]
    _require_distinct(settings)
    return tuple(settings)


def read_setting(value: object) -> Setting:
    """Read one setting. raises: InvalidSetting with the path of the field below it."""
    if not isinstance(value, Mapping):
        raise InvalidSetting("", "is no setting", "Give its kind and its fields.")
    kind = _kind(value)
    reader = _READERS[kind]
    _require_known(value, kind)
    return reader(value)


def _read_at(place: int, member: object) -> Setting:
    try:
        return read_setting(member)
    except InvalidSetting as error:
        path = f"settings[{place}].{error.field}".rstrip(".")
        raise InvalidSetting(path, error.problem, error.next_step) from error


def _require_distinct(settings: Sequence[Setting]) -> None:
    places: dict[tuple[str, str], int] = {}
    for place, setting in enumerate(settings):
        first = places.setdefault((setting.kind, setting.subject), place)
        if first != place:
            problem = f"is about the same as settings[{first}]"
            raise InvalidSetting(f"settings[{place}]", problem, "Leave one of them out.")


def _fields(setting: Setting) -> dict[str, object]:
    match setting:
        case ProfileSetting():
            return {
                "profile_id": setting.profile_id,
                "version": setting.version,
                "delivery": setting.delivery.value,
            }
        case AbsentProfileSetting():
            return {"identifier": setting.identifier}
        case AppSetting():
            return {
                "bundle_id": setting.bundle_id,
                "store_id": setting.store_id,
                "required": setting.required,
                "absent": setting.absent,
            }
        case DeclarationSetting():
            return {
                "declaration_type": setting.declaration_type,
                "name": setting.name,
                "payload": _plain(setting.payload),
            }
        case OsVersionSetting():
            deadline = setting.deadline.isoformat(timespec="seconds")
            return {"version": setting.version, "deadline": deadline}
        case DeviceNameSetting():
            return {"template": setting.template}


def _plain(value: object) -> object:
    """The same value, of JSON's own kinds only."""
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(element) for element in value]
    return value


def _kind(value: Mapping[str, object]) -> SettingKind:
    try:
        return SettingKind(_text(value, "kind"))
    except ValueError as error:
        if isinstance(error, InvalidSetting):
            raise
        kinds = ", ".join(SettingKind)
        raise InvalidSetting("kind", "is no kind of setting", f"Use one of {kinds}.") from error


def _require_known(value: Mapping[str, object], kind: SettingKind) -> None:
    for key in value:
        if key != "kind" and key not in _KEYS[kind]:
            similar = get_close_matches(str(key), _KEYS[kind], n=1)
            hint = f"Did you mean {similar[0]}?" if similar else "Leave it out."
            raise InvalidSetting(str(key)[:80], "is not a known key", hint)


def _profile(value: Mapping[str, object]) -> Setting:
    word = _text(value, "delivery", ProfileDelivery.COMMAND.value)
    if word not in tuple(ProfileDelivery):
        raise InvalidSetting("delivery", "is no way to deliver", "Use command or declaration.")
    number = _integer(value, "profile_id")
    if number is None:
        raise InvalidSetting("profile_id", "is missing")
    return ProfileSetting(number, _integer(value, "version"), ProfileDelivery(word))


def _absent_profile(value: Mapping[str, object]) -> Setting:
    return AbsentProfileSetting(_text(value, "identifier"))


def _app(value: Mapping[str, object]) -> Setting:
    return AppSetting(
        _text(value, "bundle_id"),
        _integer(value, "store_id"),
        required=_boolean(value, "required", default=True),
        absent=_boolean(value, "absent", default=False),
    )


def _declaration(value: Mapping[str, object]) -> Setting:
    payload = value.get("payload", {})
    if not isinstance(payload, Mapping):
        raise InvalidSetting("payload", "is no dictionary", "Give its keys.")
    return DeclarationSetting(
        _text(value, "declaration_type"), payload, _text(value, "name", "default")
    )


def _os_version(value: Mapping[str, object]) -> Setting:
    deadline = value.get("deadline")
    # A file of settings may say it as a date and time of its own.
    if not isinstance(deadline, datetime):
        deadline = _local_time(_text(value, "deadline"))
    return OsVersionSetting(_text(value, "version"), deadline)


def _local_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        hint = "Write it like 2026-09-30T18:00:00."
        raise InvalidSetting("deadline", "is no date and time", hint) from error


def _device_name(value: Mapping[str, object]) -> Setting:
    return DeviceNameSetting(_text(value, "template"))


_READERS: Mapping[SettingKind, Callable[[Mapping[str, object]], Setting]] = {
    SettingKind.PROFILE: _profile,
    SettingKind.ABSENT_PROFILE: _absent_profile,
    SettingKind.APP: _app,
    SettingKind.DECLARATION: _declaration,
    SettingKind.OS_VERSION: _os_version,
    SettingKind.DEVICE_NAME: _device_name,
}

_KEYS: Mapping[SettingKind, frozenset[str]] = {
    SettingKind.PROFILE: frozenset({"profile_id", "version", "delivery"}),
    SettingKind.ABSENT_PROFILE: frozenset({"identifier"}),
    SettingKind.APP: frozenset({"bundle_id", "store_id", "required", "absent"}),
    SettingKind.DECLARATION: frozenset({"declaration_type", "name", "payload"}),
    SettingKind.OS_VERSION: frozenset({"version", "deadline"}),
    SettingKind.DEVICE_NAME: frozenset({"template"}),
}


def _text(value: Mapping[str, object], key: str, default: str | None = None) -> str:
    found = value.get(key, default)
    if found is None:
        raise InvalidSetting(key, "is missing")
    if not isinstance(found, str):
        raise InvalidSetting(key, "has the wrong kind of value", "Write a text.")
    return found


def _integer(value: Mapping[str, object], key: str) -> int | None:
    found = value.get(key)
    # Python counts True as a number.
    if isinstance(found, bool) or not isinstance(found, int | None):
        raise InvalidSetting(key, "has the wrong kind of value", "Write a whole number.")
    return found


def _boolean(value: Mapping[str, object], key: str, *, default: bool) -> bool:
    found = value.get(key, default)
    if not isinstance(found, bool):
        raise InvalidSetting(key, "has the wrong kind of value", "Write true or false.")
    return found
