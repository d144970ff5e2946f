"""Change plans in English words, for whoever types commands.

Not here: the same in German (mdm.doors.console), programs' form (change_json.py).
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import assert_never

from mdm.rooms.changes.naming import Named, Names
from mdm.rooms.changes.obeying import Unobeyed
from mdm.rooms.changes.spots import Spot
from policies.change_plan import LossCount
from policies.conflicts import Conflict, Precedence
from policies.effects import Change, ChangeKind, Effect, LossKind
from policies.hidden_settings import wish_hides_settings
from policies.operations import (
    ApplyRosterImport,
    BeginAssignment,
    ChangeGroup,
    EndAssignment,
    PlaceDevice,
    ReplaceBlueprintVersion,
    ReplaceProfileVersion,
)
from policies.rings import Gate, RingKind, RingSpec
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

HIDES_SETTINGS = "the Settings app disappears: nobody at the iPad can join a network"

_BECAUSE: Mapping[Precedence, str] = {
    Precedence.NARROWER_SCOPE: "it is decided for a narrower scope",
    Precedence.LATER_DECISION: "it was decided later",
    Precedence.TIE: "both were decided alike; the higher version, then the order of the text",
    Precedence.MOST_RESTRICTIVE: "the iPad obeys the stricter one",
    Precedence.COMBINED: "the iPad combines both lists",
    Precedence.NO_RULE: "nobody says which one the iPad obeys",
}


def operation_text(named: Named) -> str:
    """What one operation does."""
    match named.operation:
        case BeginAssignment():
            return f"{_subject(named)} begins for {_for_whom(named)}"
        case EndAssignment():
            return f"{_subject(named)} ends for {_for_whom(named)}"
        case ReplaceBlueprintVersion() | ReplaceProfileVersion():
            versions = f"version {named.after} instead of {named.before}"
            return f"whoever has {named.subject} gets {versions}"
        case ChangeGroup():
            return f"group {named.subject} gets another rule"
        case PlaceDevice():
            before, after = map(_spot, named.moved or (Spot(), Spot()))
            return f"iPad {named.subject} is placed elsewhere: from {before} to {after}"
        case ApplyRosterImport():
            return f"roster import {named.operation.import_id} is carried out"
    assert_never(named.operation)


def _spot(spot: Spot) -> str:
    return ", ".join(_parts(spot)) or "no place of its own"


def _parts(spot: Spot) -> Iterator[str]:
    if spot.school:
        yield f"school {spot.school}"
    if spot.class_name:
        yield f"class {spot.class_name}"
    if spot.slot:
        yield f"slot {spot.slot}" + (f" in {spot.trolley}" if spot.trolley else "")
    if spot.owner is None:
        yield "with an owner"
    elif spot.owner:
        yield f"owner {spot.owner}"


def effect_lines(effect: Effect, names: Names) -> Iterator[str]:
    """What happens on an iPad, one line for each thing; what merely stays is left out."""
    lines = [line for change in effect.changes for line in _change(change, names)]
    yield from lines or ["nothing other than before, for another reason"]


def conflict_text(conflict: Conflict, names: Names) -> str:
    """Who wins over whom, and why."""
    about = conflict.field or "as a whole"
    winner, loser = (wish_text(one, names) for one in (conflict.winner, conflict.loser))
    scopes = f"{place_text(conflict.winner.reason.scope, names)} over "
    scopes += place_text(conflict.loser.reason.scope, names)
    value = f" = {conflict.value}" if conflict.value else ""
    return f"{about}{value}: {winner} wins over {loser} ({scopes}): {_BECAUSE[conflict.because]}"


def loss_text(lost: LossCount) -> str:
    """What cannot be undone."""
    if lost.loss.kind is LossKind.APP_DATA:
        return f"the data of app {lost.loss.subject} is deleted on {lost.devices} iPads"
    return f"{lost.devices} iPads go to {lost.loss.subject} and never back to an older system"


def warnings(effect: Effect) -> list[str]:
    """What somebody should think of before he lets it happen."""
    brought = (one.after for one in effect.changes if one.kind is not ChangeKind.KEEPS)
    return [HIDES_SETTINGS] if any(map(wish_hides_settings, brought)) else []


def unobeyed_text(one: Unobeyed) -> str:
    """What some iPads will not obey, and why."""
    since = f" (from {one.since} on)" if one.since else ""
    key = f"{one.payload_type} {one.key}"
    return f"{one.devices} iPads do not obey {key}: {one.kind.value}{since}"


def ring_text(spec: RingSpec, names: Names) -> str:
    """Whom a ring takes in."""
    if spec.kind is RingKind.CHOSEN:
        return " and ".join(place_text(scope, names) for scope in spec.scopes)
    return "training school" if spec.kind is RingKind.TRAINING else "all others"


def gate_text(gate: Gate) -> str:
    """What must be true between two rings."""
    share = f"{gate.max_failed_share:.0%}"
    waits = f"at least {_span(gate.wait)} and {gate.min_devices} proofs between two rings"
    return f"{waits}; stops by itself when more than {share} fail"


def place_text(scope: Scope, names: Names) -> str:
    """A scope: whole city, school 12, class 9a of school 12."""
    if scope.kind is ScopeKind.CITY:
        return "whole city"
    school, _, inside = scope.name.partition("/")
    if scope in names.places:
        inside = names.places[scope]
        return f"{scope.kind} {inside}" + (f" of school {school}" if "/" in scope.name else "")
    return f"{scope.kind} {inside} of school {school}" if inside else f"{scope.kind} {scope.name}"


def wish_text(wish: Wish, names: Names) -> str:
    """A thing that is wished: profile WLAN (version 3)."""
    match wish:
        case WantedProfile():
            return f"profile {_profile(wish.identifier, names)} (version {wish.version})"
        case AbsentProfile():
            return f"no profile {_profile(wish.identifier, names)}"
        case WantedApp():
            offered = "" if wish.required else " (only offered)"
            return f"app {names.apps.get(wish.identifier, wish.identifier)}{offered}"
        case AbsentApp():
            return f"no app {names.apps.get(wish.identifier, wish.identifier)}"
        case WantedDeclaration():
            return f"declaration {wish.declaration_type.removeprefix('com.apple.configuration.')}"
        case WantedOsVersion():
            return f"system {wish.version} by {wish.deadline:%Y-%m-%d %H:%M}"
        case WantedName():
            return f"name {wish.name}"
    assert_never(wish)


def _change(change: Change, names: Names) -> Iterator[str]:
    before = wish_text(change.before, names) if change.before is not None else ""
    after = wish_text(change.after, names) if change.after is not None else ""
    match change.kind:
        case ChangeKind.KEEPS:
            return
        case ChangeKind.GAINS:
            is_absence = isinstance(change.after, AbsentApp | AbsentProfile)
            yield f"must have {after}" if is_absence else f"gets {after}"
        case ChangeKind.LOSES:
            yield _loses(change.before, before)
        case ChangeKind.STAYS:
            yield f"keeps {before} until it should have another network: it is the last one"
        case ChangeKind.REPLACES:
            yield f"gets {after} instead of {before}"


def _loses(wish: Wish | None, text: str) -> str:
    """An app never leaves because a wish has ended: that would delete its data."""
    if isinstance(wish, WantedApp):
        return f"need not have {text} any more (it stays on the iPad)"
    if isinstance(wish, AbsentApp | AbsentProfile):
        return f"may have {text.removeprefix('no ')} again"
    return f"loses {text}"


def _subject(named: Named) -> str:
    version = f" version {named.after}" if named.after is not None else ""
    return f"{named.subject}{version}"


def _for_whom(named: Named) -> str:
    if named.kind is ScopeKind.CITY:
        return "the whole city"
    school = f"school {named.school}" if named.school is not None else ""
    if named.kind in (None, ScopeKind.SCHOOL):
        return school or "nobody any more"
    inside = f"{named.kind} {named.place}"
    return f"{inside} of {school}" if school else inside


def _profile(identifier: str, names: Names) -> str:
    return names.profiles.get(identifier, identifier)


def _span(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return f"{minutes // 60} h" if minutes and minutes % 60 == 0 else f"{minutes} min"
