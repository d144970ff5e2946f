"""Why one iPad has what it has, as a part of its page.

Not here: how it is found (mdm.rooms.compliance.explaining), the page (devices.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from mdm.base.db import Tx
from mdm.doors.console.blueprint import now, tools, viewer
from mdm.doors.console.change_words import HIDES_SETTINGS, conflict_text
from mdm.doors.console.formats import moment
from mdm.doors.console.people import names as names_of
from mdm.doors.console.state_words import WISH, unknown_text, waiting_text, way_text
from mdm.doors.console.wish_words import place_text, wish_text
from mdm.doors.console.words import Text, Word
from mdm.rooms.blueprints import queries as blueprints
from mdm.rooms.changes.naming import Names
from mdm.rooms.compliance.explaining import DeviceStory, story
from mdm.rooms.compliance.origins import Origin
from mdm.rooms.reconciler.service import pace_of
from policies.errors import PolicyError
from policies.explain import subject_in_plan
from policies.explanation import Explanation
from policies.hidden_settings import wish_hides_settings
from policies.wishes import AbsentApp, AbsentProfile


@dataclass(frozen=True, slots=True)
class WishLine:
    """One wish for people.

    must_go: it is wished that this is absent. origin, notes: whole sentences.
    """

    what: str
    must_go: bool
    word: Word
    proven_at: datetime | None
    place: str
    since: datetime
    origin: list[str]
    problem: Text
    waiting: list[Text]
    conflicts: list[str]
    unknown: list[str]
    notes: list[Text]


@dataclass(frozen=True, slots=True)
class ExplainedPart:
    """lines: None when the rules for this iPad cannot be read. leaving: what goes."""

    lines: list[WishLine] | None
    wished_since: datetime | None = None
    leaving: tuple[str, ...] = ()
    is_managed: bool = True


def explained_part(tx: Tx, enrollment_id: int | None) -> ExplainedPart | None:
    """What the page of an iPad says about its wishes; None without a current enrolment."""
    if enrollment_id is None:
        return None
    try:
        told = story(tx, enrollment_id, now(), pace_of(tools().settings))
    except PolicyError:
        # The page of the iPad must be there all the same; the plan says the error to the log.
        return ExplainedPart(None)
    names = _names(tx, told)
    people = names_of(tx, (origin.decided_by for origin in told.origins.values()))
    return ExplainedPart(
        [_line(told, one, names, people) for one in told.explained.explanations],
        told.wished_since,
        tuple(_leaving(told, names)),
        told.explained.held is None,
    )


def _line(told: DeviceStory, one: Explanation, names: Names, people: Mapping[str, str]) -> WishLine:
    origin = told.origins.get(one.wish)
    known = {**names.profiles, **names.apps}
    reason = one.wish.reason
    problem = way_text(one.refusal) if one.refusal is not None else ", ".join(one.codes)
    return WishLine(
        wish_text(one.wish, names),
        isinstance(one.wish, AbsentApp | AbsentProfile),
        WISH[one.state],
        one.proven_at,
        place_text(reason.scope, names),
        reason.since,
        [] if origin is None else list(_origin(origin, people)),
        problem,
        [waiting_text(waiting, known) for waiting in one.waiting],
        [conflict_text(conflict, names) for conflict in (*one.overrides, *one.disputed)],
        [unknown_text(key) for key in told.unknown.get(subject_in_plan(one.wish), ())],
        [HIDES_SETTINGS] if wish_hides_settings(one.wish) else [],
    )


def _origin(origin: Origin, people: Mapping[str, str]) -> Iterator[str]:
    """Who decided it, with which blueprint and what for: what the page of the rules says, too."""
    who, at = people[origin.decided_by], moment(origin.decided_at)
    yield gettext("Decided: %(who)s, %(at)s.", who=who, at=at)
    if origin.blueprint is not None:
        yield gettext(
            "Comes with the blueprint “%(name)s” (version %(version)s).",
            name=origin.blueprint,
            version=origin.version,
        )
    if origin.reason:
        yield gettext("Reason: %(reason)s", reason=origin.reason)


def _leaving(told: DeviceStory, names: Names) -> Iterator[str]:
    for step in told.explained.leaving:
        subject = step.action.key.subject
        yield names.profiles.get(subject) or names.apps.get(subject, subject)


def _names(tx: Tx, told: DeviceStory) -> Names:
    subjects = {subject_in_plan(one.wish) for one in told.explained.explanations}
    subjects |= {step.action.key.subject for step in told.explained.leaving}
    profiles = blueprints.profiles(tx, viewer(), subjects)
    return Names(
        {identifier: row.name for identifier, row in profiles.items()},
        dict(blueprints.app_names(tx, subjects)),
        told.names,
    )
