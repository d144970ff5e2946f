"""Change plans in words: what happens, to whom, why one wish wins, whether it can be undone.

Not here: which words for closed kinds of other pages (words.py), putting a page together
(change_view.py).
"""

import re
from collections.abc import Iterator, Mapping
from typing import assert_never

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from mdm.doors.console.wish_words import declaration_text, place_text, whom_text, wish_text
from mdm.doors.console.words import Text, Tone, Word
from mdm.rooms.changes.models import ChangeState
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
from policies.outcome import OutcomeKind
from policies.wishes import (
    AbsentApp,
    AbsentProfile,
    WantedApp,
    WantedName,
    WantedOsVersion,
    Wish,
)
from profiles.schema.hints import HintKind

# As mdm.rooms.changes.advancing stores them.
_FAILED = re.compile(r"ring (?P<ring>\d+): (?P<failed>\d+) of (?P<all>\d+) iPads failed")
_UNPROVEN = re.compile(r"ring (?P<ring>\d+): none of \d+ iPads can prove it")

STATE: Mapping[ChangeState, Word] = {
    ChangeState.DRAFTED: Word(
        _l("draft"), Tone.WAITING, _l("Nothing has happened yet. It waits for somebody to approve.")
    ),
    ChangeState.ROLLING_OUT: Word(
        _l("under way"), Tone.HERE, _l("It goes from ring to ring and stops by itself on failures.")
    ),
    ChangeState.STOPPED: Word(
        _l("stopped"), Tone.BAD, _l("What iPads have got, they keep. Nothing new is released.")
    ),
    ChangeState.DONE: Word(_l("done"), Tone.QUIET, _l("It holds for everybody it was meant for.")),
    ChangeState.UNDONE: Word(_l("undone"), Tone.QUIET, _l("Another change has taken it back.")),
    ChangeState.DISCARDED: Word(
        _l("discarded"), Tone.QUIET, _l("It was given up; nothing was done.")
    ),
}

BECAUSE: Mapping[Precedence, Text] = {
    Precedence.NARROWER_SCOPE: _l("because it is decided for a smaller circle"),
    Precedence.LATER_DECISION: _l("because it was decided later"),
    Precedence.TIE: _l("because it is the higher version; both were decided alike"),
    Precedence.MOST_RESTRICTIVE: _l("because the iPad obeys the stricter one"),
    Precedence.COMBINED: _l("the iPad puts both lists together"),
    Precedence.NO_RULE: _l("nobody says which one the iPad obeys: better decide for one of them"),
}

HINT: Mapping[HintKind, Text] = {
    HintKind.NEEDS_NEWER_OS: _l("their system is too old for it"),
    HintKind.REMOVED: _l("their system no longer knows it"),
    HintKind.DEPRECATED: _l("it will go in a later system"),
    HintKind.NEEDS_SUPERVISION: _l("they are not supervised"),
    HintKind.NOT_ON_SHARED_IPAD: _l("a Shared iPad does not know it"),
    HintKind.NOT_IN_USER_ENROLLMENT: _l("a privately owned iPad does not take it from us"),
    HintKind.WRONG_CHANNEL: _l("it belongs to a user, not to the iPad"),
    HintKind.WRONG_PLATFORM: _l("no iPad knows it"),
}

STANDS: Mapping[OutcomeKind, Word] = {
    OutcomeKind.AS_WISHED: Word(_l("as it should be"), Tone.GOOD),
    OutcomeKind.ON_ITS_WAY: Word(_l("on its way"), Tone.WAITING),
    OutcomeKind.BLOCKED: Word(_l("something is in the way"), Tone.BAD),
    OutcomeKind.NOT_MANAGED: Word(_l("not under management"), Tone.QUIET),
}

HIDES_SETTINGS: Text = _l(
    "The Settings app disappears: nobody at the iPad can join a network or see why something "
    "does not work."
)

_SIGNS: Mapping[ChangeKind, str] = {
    ChangeKind.GAINS: "+",
    ChangeKind.REPLACES: "↔",
    ChangeKind.LOSES: "−",
    ChangeKind.STAYS: "=",
    ChangeKind.KEEPS: "=",
}


def operation_text(named: Named) -> str:
    """What one operation does, as a sentence."""
    what, whom = _subject(named), whom_text(named.kind, named.place, named.school)
    match named.operation:
        case BeginAssignment():
            return gettext("%(whom)s gets %(what)s.", whom=whom, what=what)
        case EndAssignment():
            return gettext("%(what)s ends for: %(whom)s.", whom=whom, what=what)
        case ReplaceBlueprintVersion() | ReplaceProfileVersion():
            return gettext(
                "Whoever has “%(name)s” in version %(before)s gets version %(after)s.",
                name=named.subject,
                before=named.before or "–",
                after=named.after or "–",
            )
        case ChangeGroup():
            return gettext("The group “%(name)s” gets another rule.", name=named.subject)
        case PlaceDevice():
            return _move(named)
        case ApplyRosterImport():
            return gettext("A roster is brought in.")
    assert_never(named.operation)


def _move(named: Named) -> str:
    before, after = map(_spot, named.moved or (Spot(), Spot()))
    return gettext(
        "iPad %(name)s gets another place: so far %(before)s; then %(after)s.",
        name=named.subject,
        before=before,
        after=after,
    )


def _spot(spot: Spot) -> str:
    return ", ".join(_parts(spot)) or gettext("no place of its own")


def _parts(spot: Spot) -> Iterator[str]:
    if spot.school:
        yield gettext("school %(number)s", number=spot.school)
    if spot.class_name:
        yield gettext("class %(name)s", name=spot.class_name)
    if spot.trolley:
        yield gettext("slot %(number)s in %(trolley)s", number=spot.slot, trolley=spot.trolley)
    elif spot.slot:
        yield gettext("slot %(number)s", number=spot.slot)
    if spot.owner is None:
        yield gettext("with an owner")
    elif spot.owner:
        yield gettext("belongs to %(name)s", name=spot.owner)


def summary(effect: Effect, names: Names) -> str:
    """What happens on an iPad, in one line."""
    return ", ".join(text for _, text in effect_lines(effect, names))


def effect_lines(effect: Effect, names: Names) -> list[tuple[str, str]]:
    """What happens on an iPad: a sign and a text for each thing, gains first."""
    changes = sorted(visible_changes(effect), key=lambda one: tuple(_SIGNS).index(_sort(one)))
    lines = [(_SIGNS[_sort(change)], change_text(change, names)) for change in changes]
    return lines or [("=", gettext("stays as it is, for another reason"))]


def _sort(change: Change) -> ChangeKind:
    """Something that must go is a loss, although the wish for it is new."""
    if isinstance(change.after, AbsentApp | AbsentProfile):
        return ChangeKind.LOSES
    return change.kind


def visible_changes(effect: Effect) -> list[Change]:
    """What will be other on the iPad itself."""
    return [change for change in effect.changes if change.kind is not ChangeKind.KEEPS]


def kept(effect: Effect, names: Names) -> Iterator[str]:
    """What stays for another reason."""
    for change in effect.changes:
        if change.kind is ChangeKind.KEEPS and change.after is not None:
            place = place_text(change.after.reason.scope, names)
            what = wish_text(change.after, names)
            yield gettext("keeps %(what)s, now because of: %(place)s", what=what, place=place)


def change_text(change: Change, names: Names) -> str:
    """What happens to one thing: gets, loses, gets instead."""
    before, after = change.before, change.after
    if before is not None and after is not None:
        if isinstance(after, AbsentApp | AbsentProfile):
            return _goes(after, names)
        new, old = wish_text(after, names), wish_text(before, names)
        return gettext("gets %(new)s instead of %(old)s", new=new, old=old)
    if after is not None:
        if isinstance(after, AbsentApp | AbsentProfile):
            return _goes(after, names)
        return gettext("gets %(what)s", what=wish_text(after, names))
    if before is not None and change.kind is ChangeKind.STAYS:
        what = wish_text(before, names)
        return gettext(
            "keeps %(what)s until it should have another Wi-Fi: it is the last", what=what
        )
    return _ends(before, names) if before is not None else ""


def _goes(wish: AbsentApp | AbsentProfile, names: Names) -> str:
    what = wish_text(wish, names)
    if isinstance(wish, AbsentApp):
        return gettext("loses the app %(what)s with everything in it", what=what)
    return gettext("must not have %(what)s", what=what)


def _ends(wish: Wish, names: Names) -> str:
    what = wish_text(wish, names)
    match wish:
        case WantedApp():
            return gettext("keeps the app %(what)s, but need not have it any more", what=what)
        case AbsentApp() | AbsentProfile():
            return gettext("may have %(what)s again", what=what)
        case WantedName() | WantedOsVersion():
            return gettext("need not have %(what)s any more", what=what)
        case _:
            return gettext("loses %(what)s", what=what)


def conflict_text(conflict: Conflict, names: Names) -> str:
    """Which of two wishes holds, and why."""
    winner, loser = (_decided(one, names) for one in (conflict.winner, conflict.loser))
    told = gettext(
        "“%(winner)s” (%(where)s) beats “%(loser)s” (%(there)s)",
        winner=winner,
        where=place_text(conflict.winner.reason.scope, names),
        loser=loser,
        there=place_text(conflict.loser.reason.scope, names),
    )
    about = f"{conflict.field} = {conflict.value}" if conflict.value else conflict.field
    because = f"{told}, {BECAUSE[conflict.because]}"
    return f"{about}: {because}." if about else f"{because}."


def _decided(wish: Wish, names: Names) -> str:
    """A wish by itself, so that having a thing and not having it read differently."""
    what = wish_text(wish, names)
    if isinstance(wish, AbsentApp | AbsentProfile):
        return gettext("%(what)s must not be there", what=what)
    return what


def loss_text(lost: LossCount, names: Names) -> str:
    """What does not come back."""
    subject = lost.loss.subject
    if lost.loss.kind is LossKind.APP_DATA:
        name = names.apps.get(subject, subject)
        return gettext(
            "The app %(name)s is deleted on %(count)s iPads, with everything in it.",
            name=name,
            count=lost.devices,
        )
    return gettext(
        "%(count)s iPads get iPadOS %(version)s. No iPad goes back to an older system.",
        count=lost.devices,
        version=subject,
    )


def warnings(effect: Effect) -> list[Text]:
    """What somebody should think of before he lets it happen."""
    brought = (one.after for one in visible_changes(effect))
    return [HIDES_SETTINGS] if any(map(wish_hides_settings, brought)) else []


def unobeyed_text(one: Unobeyed, names: Names) -> str:
    """What some iPads will not obey, and why."""
    whole = one.key in ("PayloadType", "Type")
    name = names.profiles.get(one.subject) or declaration_text(one.payload_type)
    what = name if whole else f"{name}: {one.key}"
    told = gettext("%(count)s iPads do not obey “%(what)s”", count=one.devices, what=what)
    is_about_age = one.kind in (HintKind.NEEDS_NEWER_OS, HintKind.REMOVED)
    since = f" (iPadOS {one.since})" if one.since and is_about_age else ""
    return f"{told}: {HINT[one.kind]}{since}."


def stopped_text(because: str) -> str:
    """Why a plan stopped: the gate's own words, or a person's as they were written."""
    if failed := _FAILED.fullmatch(because):
        return gettext(
            "In ring %(ring)s, something is in the way on %(failed)s of %(all)s iPads.",
            ring=failed["ring"],
            failed=failed["failed"],
            all=failed["all"],
        )
    if unproven := _UNPROVEN.fullmatch(because):
        return gettext(
            "In ring %(ring)s, no iPad can prove the change: something else is in their way, or "
            "they are gone. Put that right, or go on: then the next ring follows without a proof.",
            ring=unproven["ring"],
        )
    return because


def _subject(named: Named) -> str:
    if named.after is None:
        return named.subject
    return gettext("%(name)s (version %(version)s)", name=named.subject, version=named.after)
