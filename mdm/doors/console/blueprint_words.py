"""Settings of a blueprint in words: one line each, with its kind, its name and what it says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from flask_babel import format_datetime, gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from mdm.base.db import Tx
from mdm.doors.console.blueprint_form import label_of
from mdm.doors.console.wish_words import declaration_text
from mdm.doors.console.words import Text
from mdm.rooms.blueprints.models import App, Profile
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
from policies.blueprint_difference import ChangedSetting
from policies.wishes import ProfileDelivery

KIND: Mapping[SettingKind, Text] = {
    SettingKind.PROFILE: _l("Profile"),
    SettingKind.ABSENT_PROFILE: _l("Profile"),
    SettingKind.APP: _l("App"),
    SettingKind.DECLARATION: _l("Setting"),
    SettingKind.OS_VERSION: _l("System"),
    SettingKind.DEVICE_NAME: _l("Name"),
}


@dataclass(frozen=True, slots=True)
class SettingLine:
    """kind: what sort of thing. name: which one. says: in a few words, may be empty."""

    kind: Text
    name: str
    says: Sequence[str]


def lines(tx: Tx, settings: Iterable[Setting]) -> list[SettingLine]:
    """Settings in words, in their order."""
    listed = list(settings)
    profiles, apps = _profiles(tx, listed), _apps(tx, listed)
    return [_line(setting, profiles, apps) for setting in listed]


def changed_lines(tx: Tx, changed: Iterable[ChangedSetting]) -> list[SettingLine]:
    """Settings that say something else, each with its fields before and after."""
    listed = list(changed)
    named = lines(tx, [one.after for one in listed])
    return [
        SettingLine(
            line.kind,
            line.name,
            [
                f"{_key(one.after, f.path)}: {_plain(f.before)} → {_plain(f.after)}"
                for f in one.fields
            ],
        )
        for line, one in zip(named, listed, strict=True)
    ]


def _profiles(tx: Tx, settings: Iterable[Setting]) -> Mapping[object, str]:
    """Names by number and by identifier."""
    listed = list(settings)
    numbers = [s.profile_id for s in listed if isinstance(s, ProfileSetting)]
    identifiers = [s.identifier for s in listed if isinstance(s, AbsentProfileSetting)]
    query = select(Profile.id, Profile.identifier, Profile.name).where(
        Profile.id.in_(numbers) | Profile.identifier.in_(identifiers)
    )
    found: dict[object, str] = {}
    for number, identifier, name in tx.execute(query):
        found |= {number: name, identifier: name}
    return found


def _apps(tx: Tx, settings: Iterable[Setting]) -> Mapping[str, str]:
    bundles = [s.bundle_id for s in settings if isinstance(s, AppSetting)]
    query = select(App.bundle_id, App.name).where(App.bundle_id.in_(bundles))
    return {row.bundle_id: row.name for row in tx.execute(query)}


def _line(setting: Setting, profiles: Mapping[object, str], apps: Mapping[str, str]) -> SettingLine:
    kind = KIND[setting.kind]
    match setting:
        case ProfileSetting():
            name = profiles.get(setting.profile_id, str(setting.profile_id))
            return SettingLine(kind, name, list(_of_profile(setting)))
        case AbsentProfileSetting():
            name = profiles.get(setting.identifier, setting.identifier)
            return SettingLine(kind, name, [gettext("must not be there")])
        case AppSetting():
            return SettingLine(
                kind, apps.get(setting.bundle_id, setting.bundle_id), [_app(setting)]
            )
        case DeclarationSetting():
            said = [
                f"{_key(setting, path)}: {_plain(value)}"
                for path, value in _leaves("", setting.payload)
            ]
            return SettingLine(kind, declaration_text(setting.declaration_type), said)
        case OsVersionSetting():
            deadline = format_datetime(setting.deadline, "short", rebase=False)
            until = gettext("at the latest %(deadline)s", deadline=deadline)
            return SettingLine(kind, f"iPadOS {setting.version}", [until])
        case DeviceNameSetting():
            return SettingLine(kind, setting.template, [])
    assert_never(setting)


def _of_profile(setting: ProfileSetting) -> Iterator[str]:
    if setting.version is None:
        yield gettext("always the newest version")
    else:
        yield gettext("always version %(number)s", number=setting.version)
    if setting.delivery is ProfileDelivery.DECLARATION:
        yield gettext("by declaration where the iPad can")


def _app(setting: AppSetting) -> str:
    if setting.absent:
        return gettext("is deleted, with everything in it")
    return gettext("is installed") if setting.required else gettext("is only offered")


def _leaves(path: str, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, entry in value.items():
        below = f"{path}.{key}" if path else key
        if isinstance(entry, Mapping):
            yield from _leaves(below, entry)
        else:
            yield below, entry


def _key(setting: Setting, path: str) -> Text:
    """A field as the form calls it; as it is stored where there is no form for it."""
    if not isinstance(setting, DeclarationSetting):
        return path
    key = path.removeprefix("payload.")
    return label_of(setting.declaration_type, key) or key


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "–" if value is None else str(value)
