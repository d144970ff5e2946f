"""What a blueprint's settings mean as a rule: the parts of an assignment.

Here: settings into profiles, apps, declarations and the rest. Not here: the settings
(policies.blueprint), for whom and since when (mdm.rooms.assignments), which rule wins
(policies.desired).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from policies.assignment import (
    AppChoice,
    Assignment,
    DeclarationChoice,
    OsTarget,
    ProfileVersion,
)
from policies.blueprint import (
    AbsentProfileSetting,
    AppSetting,
    DeclarationSetting,
    DeviceNameSetting,
    OsVersionSetting,
    ProfileSetting,
    Setting,
)
from profiles.declarations.declaration import declaration_identifier
from profiles.declarations.json_form import canonical

Library: TypeAlias = Mapping[tuple[int, int | None], ProfileVersion]
"""Versions of profiles by the numbers of profile and version; None stands for the newest."""


def with_settings(
    rule: Assignment, blueprint_id: int, settings: Iterable[Setting], library: Library
) -> Assignment:
    """Let a rule give what a version of a blueprint says.

    library: a profile that is not in it is retired, and no longer wished.
    raises: InvalidWish.
    """
    for setting in settings:
        rule = _with(rule, blueprint_id, setting, library)
    return rule


def _with(rule: Assignment, blueprint_id: int, setting: Setting, library: Library) -> Assignment:
    match setting:
        case ProfileSetting():
            return _with_profile(rule, setting, library)
        case AbsentProfileSetting():
            return replace(rule, absent_profiles=(*rule.absent_profiles, setting.identifier))
        case AppSetting(absent=True):
            return replace(rule, absent_apps=(*rule.absent_apps, setting.bundle_id))
        case AppSetting():
            app = AppChoice(setting.bundle_id, setting.store_id, setting.required)
            return replace(rule, apps=(*rule.apps, app))
        case DeclarationSetting():
            choice = _declaration(blueprint_id, setting)
            return replace(rule, declarations=(*rule.declarations, choice))
        case OsVersionSetting():
            return replace(rule, os_version=OsTarget(setting.version, setting.deadline))
        case DeviceNameSetting():
            return replace(rule, device_name=setting.template)


def _with_profile(rule: Assignment, setting: ProfileSetting, library: Library) -> Assignment:
    version = library.get((setting.profile_id, setting.version))
    if version is None:
        return rule
    chosen = replace(version, delivery=setting.delivery)
    return replace(rule, profiles=(*rule.profiles, chosen))


def _declaration(blueprint_id: int, setting: DeclarationSetting) -> DeclarationChoice:
    """Its identifier is the same in all versions of the blueprint, and in no other blueprint."""
    kind = setting.declaration_type
    identifier = declaration_identifier(kind, f"b{blueprint_id}", setting.name)
    return DeclarationChoice(identifier, kind, canonical(setting.payload))
