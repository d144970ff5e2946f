"""Words for the state of iPads: where they stand, what is in the way, why one has what it has.

Not here: the pages (state_pages.py, explained.py), wishes and conflicts (change_words.py).
"""

from collections.abc import Mapping

from flask_babel import format_datetime, gettext
from flask_babel import lazy_gettext as _l

from mdm.doors.console.words import Text, Tone, Word
from mdm.rooms.compliance.explaining import UnknownTo
from policies.compliance import Compliance
from policies.explanation import Waiting, WaitingKind, WishState
from policies.outcome import REFUSED
from policies.plan import RefusalKind, WaitKind
from profiles.schema.hints import HintKind

STANDS: Mapping[Compliance, Word] = {
    Compliance.AS_WISHED: Word(
        _l("as wished"), Tone.GOOD, _l("Everything that is wished was seen on the iPad.")
    ),
    Compliance.ON_ITS_WAY: Word(
        _l("on its way"), Tone.WAITING, _l("Something is still under way, or has to be looked at.")
    ),
    Compliance.BLOCKED: Word(
        _l("something is in the way"), Tone.BAD, _l("Something is in the way of at least one wish.")
    ),
    Compliance.NOT_ENROLLED: Word(
        _l("not enrolled"), Tone.QUIET, _l("It was here, and is not under management now.")
    ),
    Compliance.NEVER_SEEN: Word(_l("never seen"), Tone.QUIET, _l("It has never connected.")),
}
_SHORT: Mapping[Compliance, Text] = {Compliance.BLOCKED: _l("in the way")}

WISH: Mapping[WishState, Word] = {
    WishState.PROVEN: Word(_l("proven"), Tone.GOOD, _l("What the iPad reported shows it.")),
    WishState.UNDER_WAY: Word(_l("under way"), Tone.WAITING),
    WishState.WAITING: Word(_l("waits"), Tone.WAITING),
    WishState.FAILED: Word(_l("failed"), Tone.BAD),
    WishState.IMPOSSIBLE: Word(_l("cannot"), Tone.CARE),
    WishState.NOT_MANAGED: Word(_l("not under management"), Tone.QUIET),
}

IN_THE_WAY: Mapping[str, Text] = {
    REFUSED: _l("the iPad refused it"),
    RefusalKind.NOT_OUR_PROFILE: _l("a profile of this name is there, and it is not ours"),
    RefusalKind.ENROLLMENT_PROFILE: _l("this is the profile that enrols"),
    RefusalKind.NOT_SUPERVISED: _l("only a supervised iPad can have it"),
    RefusalKind.NOT_ON_THIS_VERSION: _l("its system does not know it"),
    RefusalKind.DEADLINE_PASSED: _l("the deadline has passed"),
    RefusalKind.MISSING_VALUE: _l("a value is missing that it refers to, such as a serial number"),
    RefusalKind.INVALID: _l("it says something that no iPad takes"),
}

WAITING: Mapping[WaitingKind, Text] = {
    WaitingKind.PLAN: _l("the next plan; that takes a minute at most"),
    WaitingKind.CONTACT: _l("the iPad to connect"),
    WaitingKind.ANSWER: _l("the iPad to answer"),
    WaitingKind.FREE_DEVICE: _l("somebody to unlock the iPad"),
    WaitingKind.PROOF: _l("a report that shows it"),
    WaitingKind.CAPABILITIES: _l("the iPad to say what it can"),
    WaitingKind.TIME: _l("its time"),
    WaitingKind.CONDITION: _l("something else first"),
}

HINT: Mapping[HintKind, Text] = {
    HintKind.NEEDS_NEWER_OS: _l("the system is too old for it"),
    HintKind.REMOVED: _l("the system no longer knows it"),
    HintKind.DEPRECATED: _l("it will go in a later system"),
    HintKind.NEEDS_SUPERVISION: _l("the iPad is not supervised"),
    HintKind.NOT_ON_SHARED_IPAD: _l("a Shared iPad does not know it"),
    HintKind.NOT_IN_USER_ENROLLMENT: _l("a privately owned iPad does not take it from us"),
    HintKind.WRONG_CHANNEL: _l("it belongs to a user, not to the iPad"),
    HintKind.WRONG_PLATFORM: _l("no iPad knows it"),
}

_SUBJECTS: Mapping[str, Text] = {
    "device name": _l("the name of the iPad"),
    "os version": _l("the version of the system"),
}


def heading(kind: Compliance) -> Text:
    """What a column of counts is called, where there is little room."""
    return _SHORT.get(kind) or STANDS[kind].text


def subject_text(subject: str, names: Mapping[str, str]) -> Text:
    """What a reason is about; the identifier where it has no name of ours."""
    return _SUBJECTS.get(subject) or names.get(subject, subject)


def way_text(kind: str) -> Text:
    """What is in the way; the stored word where we have none for it."""
    return IN_THE_WAY.get(kind, kind)


def waiting_text(waiting: Waiting, names: Mapping[str, str]) -> Text:
    """What has to happen before a wish goes on."""
    if waiting.until is not None:
        return gettext("the time: %(at)s", at=format_datetime(waiting.until, "short"))
    condition = waiting.condition
    if condition is None:
        return WAITING[waiting.kind]
    if condition.kind is WaitKind.OTHER_NETWORK:
        return gettext("another Wi-Fi that is proven first")
    if condition.kind is WaitKind.LAST_NETWORK:
        return gettext("a Wi-Fi that it should have instead; this one is the last")
    return gettext("the proof of %(name)s", name=subject_text(condition.subject, names))


def unknown_text(key: UnknownTo) -> str:
    """A key that this iPad does not obey, and why."""
    whole = key.hint.field in ("PayloadType", "Type")
    what = key.part if whole else f"{key.part}: {key.hint.field}"
    since = f" (iPadOS {key.hint.version})" if key.hint.version is not None else ""
    return f"{what}: {HINT[key.hint.kind]}{since}"
