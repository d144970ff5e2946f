"""The form of a blueprint: profiles and apps to choose, plain fields for what is declared.

Here: settings out of fields, and fields out of settings. What has no field here, such as a
declaration of another type, stays as it was unless somebody ticks it off. Not here: what a
setting may say (policies.blueprint), the pages (blueprint_pages.py).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from mdm.doors.console.forms import NEEDED, options
from mdm.doors.console.words import Text
from mdm.rooms.blueprints.library_queries import LibraryApp, LibraryProfile
from policies.blueprint import (
    AbsentProfileSetting,
    AppSetting,
    DeclarationSetting,
    DeviceNameSetting,
    OsVersionSetting,
    ProfileSetting,
    Setting,
)
from policies.blueprint_json import write_setting
from policies.errors import InvalidSetting
from policies.wishes import ProfileDelivery
from profiles.declarations.configurations import app_settings, passcode, update_settings

NONE, COMMAND, DECLARATION, ABSENT = "", "command", "declaration", "absent"
REQUIRED, OFFERED = "required", "offered"
PROFILE_CHOICES = {
    NONE: _l("not in this blueprint"),
    COMMAND: _l("yes, in its newest version"),
    DECLARATION: _l("yes, by declaration where the iPad can"),
    ABSENT: _l("must not be there"),
}
APP_CHOICES = {
    NONE: _l("not in this blueprint"),
    REQUIRED: _l("is installed"),
    OFFERED: _l("is only offered"),
    ABSENT: _l("is deleted, with everything in it"),
}
_OPEN = {"": _l("no rule")}
_YES_NO = {**_OPEN, "yes": _l("yes"), "no": _l("no")}
_AUTOMATIC = {
    **_OPEN,
    "Allowed": _l("the person decides"),
    "AlwaysOn": _l("always by itself"),
    "AlwaysOff": _l("never by itself"),
}
_LONGEST_LIST = 20_000
_NUMBER = _l("Say a number from %(min)s to %(max)s.")

# By field of the form: the declaration and the path of its key.
_KEYS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "code_required": (passcode.TYPE, ("RequirePasscode",)),
    "code_length": (passcode.TYPE, ("MinimumLength",)),
    "code_letters": (passcode.TYPE, ("RequireAlphanumericPasscode",)),
    "code_complex": (passcode.TYPE, ("RequireComplexPasscode",)),
    "code_failures": (passcode.TYPE, ("MaximumFailedAttempts",)),
    "code_lock_min": (passcode.TYPE, ("MaximumInactivityInMinutes",)),
    "update_delay": (update_settings.TYPE, ("Deferrals", "CombinedPeriodInDays")),
    "update_download": (update_settings.TYPE, ("AutomaticActions", "Download")),
    "update_install": (update_settings.TYPE, ("AutomaticActions", "InstallOSUpdates")),
    "update_notify": (update_settings.TYPE, ("Notifications",)),
    "apps_allowed": (app_settings.TYPE, ("Allowed", "AllowedApps")),
    "apps_denied": (app_settings.TYPE, ("Allowed", "DeniedApps")),
}
_FORM_TYPES = (passcode.TYPE, update_settings.TYPE, app_settings.TYPE)
_DEFAULT = "default"


def _number(label: Any, low: int, high: int) -> IntegerField:
    return IntegerField(label, [Optional(), NumberRange(low, high, _NUMBER)])


class BlueprintForm(FlaskForm):
    """based_on: the version that the author had before his eyes; 0 for a new blueprint."""

    name = StringField(_l("Name"), [InputRequired(NEEDED), Length(max=60)])
    note = StringField(_l("What is new, and why (optional)"), [Optional(), Length(max=300)])
    based_on = IntegerField("", [Optional()])
    code_required = SelectField(_l("A passcode must be set"), choices=options(_YES_NO), default="")
    code_length = _number(_l("At least so many characters"), 0, 16)
    code_letters = SelectField(_l("Letters and digits"), choices=options(_YES_NO), default="")
    code_complex = SelectField(
        _l("No simple ones such as 1234"), choices=options(_YES_NO), default=""
    )
    code_failures = _number(_l("Erase after so many failures"), 4, 11)
    code_lock_min = _number(_l("Lock after so many minutes"), 1, 15)
    update_delay = _number(_l("Hide new updates for so many days"), 1, 90)
    update_download = SelectField(_l("Load updates"), choices=options(_AUTOMATIC), default="")
    update_install = SelectField(_l("Install updates"), choices=options(_AUTOMATIC), default="")
    update_notify = SelectField(
        _l("Tell people about updates"), choices=options(_YES_NO), default=""
    )
    apps_allowed = TextAreaField(
        _l("Only these apps (identifiers, one a line)"), [Optional(), Length(max=_LONGEST_LIST)]
    )
    apps_denied = TextAreaField(
        _l("None of these apps (identifiers, one a line)"), [Optional(), Length(max=_LONGEST_LIST)]
    )
    os_version = StringField(_l("Exact version of iPadOS"), [Optional(), Length(max=20)])
    os_deadline = DateTimeLocalField(
        _l("At the latest (clock of the iPad)"), [Optional()], format=["%Y-%m-%dT%H:%M"]
    )
    device_name = StringField(_l("Name of the iPads"), [Optional(), Length(max=60)])
    hides_settings = BooleanField(_l("That is meant so: hide the Settings app"))
    keep_others = BooleanField(_l("Keep what this page cannot show"), default=True)

    def settings(
        self,
        profiles: Sequence[LibraryProfile],
        apps: Sequence[LibraryApp],
        before: Sequence[Setting],
    ) -> tuple[Setting, ...]:
        """What the form says. before: of the version it is based on.

        raises: InvalidSetting.
        """
        kept = others(before, profiles, apps) if self.keep_others.data else ()
        return (
            *(s for row in profiles for s in _profile_setting(row, before)),
            *(s for row in apps for s in _app_setting(row)),
            *self._declarations(before),
            *self._os_version(),
            *self._device_name(),
            *kept,
        )

    def _declarations(self, before: Sequence[Setting]) -> Iterator[Setting]:
        for declaration_type in _FORM_TYPES:
            payload = _payload_of(before, declaration_type)
            for name, (kind, path) in _KEYS.items():
                if kind == declaration_type:
                    _put(payload, path, _value(self[name]))
            if payload:
                yield DeclarationSetting(declaration_type, payload, _DEFAULT)

    def _os_version(self) -> Iterator[Setting]:
        version, deadline = (self.os_version.data or "").strip(), self.os_deadline.data
        if version and deadline is None:
            raise InvalidSetting("deadline", "is missing", "Say until when.")
        if deadline is not None:
            yield OsVersionSetting(version, deadline)

    def _device_name(self) -> Iterator[Setting]:
        if template := (self.device_name.data or "").strip():
            yield DeviceNameSetting(template)


def values_of(settings: Iterable[Setting]) -> dict[str, Any]:
    """The fields of the form, out of a version."""
    values: dict[str, Any] = {}
    for setting in settings:
        match setting:
            case DeclarationSetting() if setting.name == _DEFAULT:
                values |= _fields(setting)
            case OsVersionSetting():
                values |= {"os_version": setting.version, "os_deadline": setting.deadline}
            case DeviceNameSetting():
                values["device_name"] = setting.template
            case _:
                pass
    return values


def label_of(declaration_type: str, path: str) -> Text | None:
    """What the form calls a key of a declaration; None for one without a field.

    path: nested keys joined with full stops.
    """
    for name, (kind, keys) in _KEYS.items():
        if kind == declaration_type and ".".join(keys) == path:
            label: Text = getattr(BlueprintForm, name).args[0]
            return label
    return None


def chosen_profiles(
    settings: Iterable[Setting], profiles: Iterable[LibraryProfile]
) -> dict[int, str]:
    """By profile, what is chosen for it: as it was sent, or as the settings say."""
    said: dict[int, str] = {}
    by_identifier = {row.identifier: row.id for row in profiles}
    for setting in settings:
        if isinstance(setting, ProfileSetting):
            pinned = f"@{setting.version}" if setting.version is not None else ""
            said[setting.profile_id] = setting.delivery.value + pinned
        elif isinstance(setting, AbsentProfileSetting) and setting.identifier in by_identifier:
            said[by_identifier[setting.identifier]] = ABSENT
    if request.method == "POST":
        return {
            number: request.form.get(f"profile_{number}", "") for number in by_identifier.values()
        }
    return said


def chosen_apps(settings: Iterable[Setting], apps: Iterable[LibraryApp]) -> dict[int, str]:
    """By app, what is chosen for it: as it was sent, or as the settings say."""
    by_bundle = {row.bundle_id: row.id for row in apps}
    if request.method == "POST":
        return {number: request.form.get(f"app_{number}", "") for number in by_bundle.values()}
    return {
        by_bundle[s.bundle_id]: ABSENT if s.absent else REQUIRED if s.required else OFFERED
        for s in settings
        if isinstance(s, AppSetting) and s.bundle_id in by_bundle
    }


def others(
    settings: Iterable[Setting], profiles: Iterable[LibraryProfile], apps: Iterable[LibraryApp]
) -> tuple[Setting, ...]:
    """The settings that this form has no field for."""
    numbers, identifiers = {row.id for row in profiles}, {row.identifier for row in profiles}
    bundles = {row.bundle_id for row in apps}
    return tuple(s for s in settings if not _has_field(s, numbers, identifiers, bundles))


def _has_field(
    setting: Setting, numbers: set[int], identifiers: set[str], bundles: set[str]
) -> bool:
    match setting:
        case ProfileSetting():
            return setting.profile_id in numbers
        case AbsentProfileSetting():
            return setting.identifier in identifiers
        case AppSetting():
            return setting.bundle_id in bundles
        case DeclarationSetting():
            return setting.declaration_type in _FORM_TYPES and setting.name == _DEFAULT
        case OsVersionSetting() | DeviceNameSetting():
            return True


def _profile_setting(row: LibraryProfile, before: Iterable[Setting]) -> Iterator[Setting]:
    chosen, _, pinned = request.form.get(f"profile_{row.id}", "").partition("@")
    if chosen == ABSENT:
        yield AbsentProfileSetting(row.identifier)
    elif chosen in tuple(ProfileDelivery):
        # Only a version that was held fast before can stay so.
        held = {
            s.version for s in before if isinstance(s, ProfileSetting) and s.profile_id == row.id
        }
        version = int(pinned) if pinned.isdecimal() and int(pinned) in held else None
        yield ProfileSetting(row.id, version, ProfileDelivery(chosen))


def _app_setting(row: LibraryApp) -> Iterator[Setting]:
    chosen = request.form.get(f"app_{row.id}", "")
    if chosen in (REQUIRED, OFFERED, ABSENT):
        yield AppSetting(
            row.bundle_id, row.store_id, required=chosen != OFFERED, absent=chosen == ABSENT
        )


def _payload_of(before: Iterable[Setting], declaration_type: str) -> dict[str, Any]:
    """What was declared before, so that keys without a field stay."""
    for setting in before:
        is_it = isinstance(setting, DeclarationSetting) and setting.subject == (
            f"{declaration_type}/{_DEFAULT}"
        )
        if is_it:
            written: Any = write_setting(setting)["payload"]
            return _copied(written)
    return {}


def _copied(value: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _copied(v) if isinstance(v, Mapping) else v for k, v in value.items()}


def _put(payload: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    """Set a key, or take it away where there is no value, with what it leaves empty."""
    if len(path) > 1:
        below = payload.setdefault(path[0], {})
        _put(below, path[1:], value)
        if not below:
            del payload[path[0]]
    elif value is None:
        payload.pop(path[0], None)
    else:
        payload[path[0]] = value


def _get(payload: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = payload
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _fields(setting: DeclarationSetting) -> dict[str, Any]:
    found = {
        name: _field(_get(setting.payload, path))
        for name, (kind, path) in _KEYS.items()
        if kind == setting.declaration_type
    }
    return {name: value for name, value in found.items() if value is not None}


def _value(field: Any) -> Any:
    """What a field says of its key; None for nothing."""
    if isinstance(field, TextAreaField):
        return (field.data or "").split() or None
    if field.data in ("yes", "no"):
        return field.data == "yes"
    return None if field.data in ("", None) else field.data


def _field(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "\n".join(value) if isinstance(value, list | tuple) else value
