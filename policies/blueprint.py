"""What a version of a blueprint says, setting by setting.

Here: the settings as values, each true by itself. Not here: their JSON and digest
(policies.blueprint_json), what two versions differ in (policies.blueprint_difference), whether
the profiles and apps they name exist (mdm.rooms.blueprints).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias

from policies.errors import InvalidSetting
from policies.wishes import ProfileDelivery
from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.configurations import (
    legacy,
    managed_app,
    status_subscriptions,
    update_enforcement,
)
from profiles.declarations.configurations.update_enforcement import EnforcedUpdate
from profiles.declarations.declaration import require_identifier
from profiles.declarations.json_form import canonical
from profiles.errors import InvalidPayload
from profiles.schema.declaration_reader import references_in
from profiles.schema.declaration_tables import declaration_facts, declaration_types
from profiles.variables import Variable, find_unknown, used_in

_CONFIGURATION = "com.apple.configuration."
# What the house declares by itself, or what has a setting of its own.
_RESERVED: Mapping[str, str] = {
    status_subscriptions.TYPE: "this server subscribes by itself",
    "com.apple.configuration.management.test": "it changes nothing",
    legacy.TYPE: "name the profile in a setting of the kind profile",
    legacy.INTERACTIVE: "name the profile in a setting of the kind profile",
    managed_app.TYPE: "name the app in a setting of the kind app",
    update_enforcement.TYPE: "write a setting of the kind os_version",
}
_LONGEST_NAME = 60
_LONGEST_IDENTIFIER = 255
_NUL = b"\\u0000"
_HIGHEST_NUMBER = (1 << 31) - 1


class SettingKind(StrEnum):
    """What a setting is about."""

    PROFILE = "profile"
    ABSENT_PROFILE = "absent_profile"
    APP = "app"
    DECLARATION = "declaration"
    OS_VERSION = "os_version"
    DEVICE_NAME = "device_name"


@dataclass(frozen=True, slots=True)
class ProfileSetting:
    """A profile of the library. version: None for the newest at any time."""

    profile_id: int
    version: int | None = None
    delivery: ProfileDelivery = ProfileDelivery.COMMAND
    kind: ClassVar[SettingKind] = SettingKind.PROFILE

    def __post_init__(self) -> None:
        _require_number("profile_id", self.profile_id)
        if self.version is not None:
            _require_number("version", self.version)

    @property
    def subject(self) -> str:
        """What may come only once in a blueprint."""
        return str(self.profile_id)


@dataclass(frozen=True, slots=True)
class AbsentProfileSetting:
    """A profile of ours that must not be there. identifier: its PayloadIdentifier."""

    identifier: str
    kind: ClassVar[SettingKind] = SettingKind.ABSENT_PROFILE

    def __post_init__(self) -> None:
        _require_text("identifier", self.identifier, _LONGEST_IDENTIFIER)

    @property
    def subject(self) -> str:
        """What may come only once in a blueprint."""
        return self.identifier


@dataclass(frozen=True, slots=True)
class AppSetting:
    """An app of the library.

    store_id: None for one that comes by manifest. required: installed by itself; otherwise
        only offered. absent: it must go, and its data with it.
    """

    bundle_id: str
    store_id: int | None = None
    required: bool = True
    absent: bool = False
    kind: ClassVar[SettingKind] = SettingKind.APP

    def __post_init__(self) -> None:
        _require_text("bundle_id", self.bundle_id, _LONGEST_IDENTIFIER)
        if self.store_id is not None:
            _require_number("store_id", self.store_id)
        if self.absent and not self.required:
            raise InvalidSetting("required", "says nothing of an app that must go", "Leave it out.")

    @property
    def subject(self) -> str:
        """What may come only once in a blueprint."""
        return self.bundle_id


@dataclass(frozen=True, slots=True)
class DeclarationSetting:
    """A configuration for declarative management, as a template with variables.

    name: tells several of one type apart. payload: values of JSON, checked by Apple's facts.
    """

    declaration_type: str
    payload: Mapping[str, object] = field(repr=False, hash=False)
    name: str = "default"
    kind: ClassVar[SettingKind] = SettingKind.DECLARATION

    def __post_init__(self) -> None:
        _require_own_type(self.declaration_type)
        try:
            require_identifier("name", self.name)
        except InvalidPayload as error:
            raise InvalidSetting("name", error.problem, error.next_step) from error
        _require_payload(self)

    @property
    def subject(self) -> str:
        """What may come only once in a blueprint."""
        return f"{self.declaration_type}/{self.name}"


@dataclass(frozen=True, slots=True)
class OsVersionSetting:
    """An exact version, installed at the latest at an hour of the iPad's own clock."""

    version: str
    deadline: datetime
    kind: ClassVar[SettingKind] = SettingKind.OS_VERSION
    subject: ClassVar[str] = ""

    def __post_init__(self) -> None:
        try:
            EnforcedUpdate(self.version, self.deadline)
        except InvalidPayload as error:
            named = "version" if error.field == "TargetOSVersion" else "deadline"
            raise InvalidSetting(named, error.problem, error.next_step) from error


@dataclass(frozen=True, slots=True)
class DeviceNameSetting:
    """What an iPad is called. template: with variables, say `$SCHOOL_NUMBER-$SERIAL`."""

    template: str
    kind: ClassVar[SettingKind] = SettingKind.DEVICE_NAME
    subject: ClassVar[str] = ""

    def __post_init__(self) -> None:
        _require_text("template", self.template, _LONGEST_NAME)
        if unknown := find_unknown(self.template):
            problem = f"holds the unknown variable {unknown[0][:40]}"
            raise InvalidSetting("template", problem, "Write $$ for a dollar sign.")
        # It would grow with each inventory.
        if Variable.DEVICE_NAME in used_in(self.template):
            raise InvalidSetting("template", "refers to the name itself", "Use $SERIAL instead.")


Setting: TypeAlias = (
    ProfileSetting
    | AbsentProfileSetting
    | AppSetting
    | DeclarationSetting
    | OsVersionSetting
    | DeviceNameSetting
)


def declarable_types() -> tuple[str, ...]:
    """The types of declarations that a setting may name, in alphabetical order.

    Without those that cannot be said without an asset.
    """
    return tuple(sorted(name for name in declaration_types() if _is_declarable(name)))


def _is_declarable(declaration_type: str) -> bool:
    if not declaration_type.startswith(_CONFIGURATION) or declaration_type in _RESERVED:
        return False
    facts = declaration_facts(declaration_type)
    return not any(key.required and name in facts.references for name, key in facts.keys.items())


def _require_own_type(declaration_type: str) -> None:
    if not declaration_type.startswith(_CONFIGURATION):
        hint = f"Use one that begins with {_CONFIGURATION[:-1]}."
        raise InvalidSetting("declaration_type", "is no configuration", hint)
    if declaration_type in _RESERVED:
        problem = f"is not for blueprints: {_RESERVED[declaration_type]}"
        raise InvalidSetting("declaration_type", problem)
    if declaration_type not in declaration_types():
        raise InvalidSetting("declaration_type", "is not known", "Use a profile instead.")


def _require_payload(setting: DeclarationSetting) -> None:
    try:
        checked_declaration(setting.declaration_type, setting.name, setting.payload)
        written = canonical(setting.payload)
    except InvalidPayload as error:
        path = "payload" if error.field == "Payload" else f"payload.{error.field}"
        raise InvalidSetting(path, error.problem, error.next_step) from error
    if _NUL in written:
        raise InvalidSetting("payload", "holds a character that no database keeps")
    if references := references_in(setting.declaration_type, setting.payload):
        path = f"payload.{references[0].field}"
        hint = "Use a profile for what needs a certificate, an account or a file."
        raise InvalidSetting(path, "refers to an asset, which no blueprint has", hint)


def _require_number(name: str, number: int) -> None:
    if not 0 < number <= _HIGHEST_NUMBER:
        raise InvalidSetting(name, "is no number that exists", "Give a number above zero.")


def _require_text(name: str, text: str, longest: int) -> None:
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise InvalidSetting(name, f"a text of 1 to {longest} characters is needed")
