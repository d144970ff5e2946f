"""Wishes and places in words: what may be had, and which part of the city is meant.

Not here: what a change does with them (change_words.py), settings of blueprints
(blueprint_words.py).
"""

from collections.abc import Mapping
from typing import assert_never

from flask_babel import format_datetime, gettext
from flask_babel import lazy_gettext as _l

from mdm.doors.console.words import Text
from mdm.rooms.changes.naming import Names
from policies.rings import RingKind, RingSpec
from policies.scope import Scope, ScopeKind
from policies.wishes import (
    AbsentApp,
    AbsentProfile,
    WantedApp,
    WantedDeclaration,
    WantedName,
    WantedOsVersion,
    WantedProfile,
    Wish,
)

TRAINING = _l("the training school")
ALL_OTHERS = _l("all others")

_DECLARATIONS: Mapping[str, Text] = {
    "com.apple.configuration.passcode.settings": _l("passcode rules"),
    "com.apple.configuration.softwareupdate.settings": _l("update settings"),
    "com.apple.configuration.app.settings": _l("allowed and denied apps"),
}
_PLACES: Mapping[ScopeKind, Text] = {
    ScopeKind.GRADE: _l("grade %(name)s"),
    ScopeKind.CLASS: _l("class %(name)s"),
    ScopeKind.COURSE: _l("course %(name)s"),
    ScopeKind.TROLLEY: _l("trolley %(name)s"),
    ScopeKind.GROUP: _l("group %(name)s"),
    ScopeKind.DEVICE: _l("iPad %(name)s"),
}


def wish_text(wish: Wish, names: Names) -> str:
    """A thing that is wished, by its name."""
    match wish:
        case WantedProfile():
            name = names.profiles.get(wish.identifier, wish.identifier)
            return gettext("%(name)s (version %(version)s)", name=name, version=wish.version)
        case AbsentProfile():
            return names.profiles.get(wish.identifier, wish.identifier)
        case WantedApp():
            name = names.apps.get(wish.identifier, wish.identifier)
            return name if wish.required else gettext("%(name)s (offered)", name=name)
        case AbsentApp():
            return names.apps.get(wish.identifier, wish.identifier)
        case WantedDeclaration():
            return declaration_text(wish.declaration_type)
        case WantedOsVersion():
            return gettext(
                "iPadOS %(version)s until %(deadline)s",
                version=wish.version,
                deadline=format_datetime(wish.deadline, "short", rebase=False),
            )
        case WantedName():
            return gettext("the name %(name)s", name=wish.name)
    assert_never(wish)


def declaration_text(declaration_type: str) -> str:
    """What a declaration is about; Apple's own name where we have no word for it."""
    known = _DECLARATIONS.get(declaration_type)
    short = declaration_type.removeprefix("com.apple.configuration.")
    return str(known) if known is not None else short


def place_text(scope: Scope, names: Names) -> str:
    """A part of the city: the whole city, school 12, class 9a (school 12)."""
    if scope.kind is ScopeKind.CITY:
        return gettext("the whole city")
    if scope.kind is ScopeKind.SCHOOL:
        return gettext("school %(number)s", number=scope.name)
    school, _, inside = scope.name.rpartition("/")
    return whom_text(scope.kind, names.places.get(scope, inside), school or None)


def whom_text(kind: ScopeKind | None, place: str, school: str | None) -> str:
    """For whom a rule is. school: its number, None where the kind says enough."""
    if kind is ScopeKind.CITY:
        return gettext("the whole city")
    number = gettext("school %(number)s", number=school) if school else ""
    if kind is None or kind is ScopeKind.SCHOOL:
        return number or "–"
    inside = str(_PLACES[kind]) % {"name": place}
    return f"{inside} ({number})" if number else inside


def ring_text(spec: RingSpec, names: Names) -> str:
    """Whom a ring takes in."""
    if spec.kind is RingKind.TRAINING:
        return str(TRAINING)
    if spec.kind is RingKind.ALL:
        return str(ALL_OTHERS)
    return ", ".join(place_text(scope, names) for scope in spec.scopes)
