"""The state of the iPads: for the city, for one school, and the iPads behind every number.

Not here: counting (mdm.rooms.compliance), the words (state_words.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput
from mdm.doors.console import state_words
from mdm.doors.console.blueprint import console, now, tools, viewer
from mdm.doors.console.paging import PAGE_SIZE, Page, query_number, wanted_page
from mdm.doors.console.schools import visible_school
from mdm.doors.console.words import Text, Word
from mdm.rooms.access.service import Act, require
from mdm.rooms.blueprints import queries as blueprints
from mdm.rooms.compliance import files, members
from mdm.rooms.compliance.members import Wanted
from mdm.rooms.compliance.queries import State, state_of_city, state_of_school
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.models import School
from policies.compliance import Compliance, Share, Silence
from policies.outcome import OutcomeReason
from policies.scope import ScopeKind

_LONGEST_WORD = 255
_FILES: Mapping[str, tuple[str, Callable[[State], bytes]]] = {
    "csv": ("text/csv", files.as_csv),
    "json": ("application/json", files.as_json),
}


@dataclass(frozen=True, slots=True)
class StateLine:
    """One line of the table. deeper: address of its own page, None where there is none.

    place: what narrows a list to it, as the query string has it.
    """

    title: str
    kind: ScopeKind
    share: Share
    deeper: str | None
    place: Mapping[str, Any]

    def devices(self, **narrowed: object) -> str:
        """The address of the iPads behind a number of this line."""
        return _list_address({**self.place, **narrowed})


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """What is in the way, on how many iPads, and the address of their list."""

    what: Text
    why: Text
    devices: int
    address: str


@console.route("/stand")
def state() -> ResponseReturnValue:
    """How the iPads of all schools stand that the viewer sees."""
    with tools().database.reading() as tx:
        found = state_of_city(tx, viewer(), now(), with_classes=False)
        at = {row.number: row for row in _visible_schools(tx)}
        reasons = _reasons(tx, found, {})
    lines = [_line(share, at) for share in found.shares[1:]]
    whole = StateLine("", ScopeKind.CITY, found.shares[0], None, {})
    return _page(found, whole, lines, reasons, None)


@console.route("/schools/<int:school_id>/stand")
def school_state(school_id: int) -> ResponseReturnValue:
    """How the iPads of one school stand, grade by grade and class by class. raises: NotFound."""
    with tools().database.reading() as tx:
        school = visible_school(tx, school_id)
        found = state_of_school(tx, school, now())
        reasons = _reasons(tx, found, {"school_id": school_id})
    at = {school.number: school}
    whole, *lines = [_line(share, at) for share in found.shares]
    return _page(found, whole, lines, reasons, school)


@console.route("/stand/file")
def state_file() -> ResponseReturnValue:
    """The state of all schools in sight with their classes, as a file. raises: InvalidInput."""
    kind = _wanted_file()
    with tools().database.reading() as tx:
        return _file(kind, "stand", state_of_city(tx, viewer(), now()))


@console.route("/schools/<int:school_id>/stand/file")
def school_state_file(school_id: int) -> ResponseReturnValue:
    """The state of one school as a file. raises: NotFound, InvalidInput."""
    require(viewer(), Act.SEE, school_id)
    kind = _wanted_file()
    with tools().database.reading() as tx:
        school = visible_school(tx, school_id)
        name = "".join(letter for letter in school.number if letter.isalnum())
        return _file(kind, f"stand-{name}", state_of_school(tx, school, now()))


@console.route("/stand/devices")
def state_devices() -> ResponseReturnValue:
    """The iPads behind a number, of all schools in sight. raises: InvalidInput."""
    return _list(None)


@console.route("/schools/<int:school_id>/stand/devices")
def school_state_devices(school_id: int) -> ResponseReturnValue:
    """The iPads behind a number of one school. raises: NotFound, InvalidInput."""
    return _list(school_id)


def _page(
    found: State,
    whole: StateLine,
    lines: Sequence[StateLine],
    reasons: Sequence[ReasonLine],
    school: School | None,
) -> str:
    return render_template(
        "console/state.html",
        state=found,
        whole=whole,
        lines=[whole, *lines],
        reasons=reasons,
        school=school,
        state_words=state_words,
        stands=Compliance,
        silences=Silence,
    )


def _list(school_id: int | None) -> str:
    narrowed, number = _narrowed(school_id), wanted_page()
    with tools().database.reading() as tx:
        school = None if school_id is None else visible_school(tx, school_id)
        page = Page(number, members.count(tx, viewer(), narrowed, now()))
        rows = members.listed(tx, viewer(), narrowed, now(), PAGE_SIZE, page.offset)
        at = {row.id: row for row in _visible_schools(tx)}
        names = _names(tx, [narrowed.reason.subject] if narrowed.reason is not None else [])
    asked = {name: text for name, text in request.args.items() if name != "page"}
    return render_template(
        "console/state_devices.html",
        school=school,
        narrowed=narrowed,
        devices=rows,
        page=page,
        asked=asked if school_id is None else {**asked, "school_id": school_id},
        schools=at,
        names=names,
        word=_word(narrowed),
        state_words=state_words,
        now=now(),
    )


def _word(narrowed: Wanted) -> Word | None:
    return None if narrowed.compliance is None else state_words.STANDS[narrowed.compliance]


def _narrowed(school_id: int | None) -> Wanted:
    """What the query string asks for. raises: InvalidInput."""
    stands, silent = request.args.get("as", ""), query_number("silent")
    if stands and stands not in set(Compliance):
        raise InvalidInput("as", "not where an iPad stands")
    if silent is not None and silent not in set(Silence):
        raise InvalidInput("silent", "7, 30 or 60 days")
    about, why = _query_text("about"), _query_text("why")
    return Wanted(
        school_id,
        _query_text("grade"),
        _query_text("class"),
        Compliance(stands) if stands else None,
        Silence(silent) if silent is not None else None,
        OutcomeReason(about, why) if about is not None and why is not None else None,
    )


def _query_text(name: str) -> str | None:
    return request.args.get(name, "")[:_LONGEST_WORD] or None


def _line(share: Share, at: Mapping[str, School]) -> StateLine:
    number, _, inside = share.scope.name.partition("/")
    school, kind = at[number], share.scope.kind
    place: dict[str, object] = {"school_id": school.id}
    if kind is ScopeKind.SCHOOL:
        deeper = url_for("console.school_state", school_id=school.id)
        return StateLine(school.name, kind, share, deeper, place)
    place[kind.value] = inside
    return StateLine(inside, kind, share, None, place)


def _list_address(narrowed: Mapping[str, Any]) -> str:
    where = "console.school_state_devices" if "school_id" in narrowed else "console.state_devices"
    return url_for(where, **narrowed)


def _reasons(tx: Tx, found: State, place: Mapping[str, object]) -> list[ReasonLine]:
    counted = found.shares[0].reasons
    names = _names(tx, [one.reason.subject for one in counted])
    return [
        ReasonLine(
            state_words.subject_text(one.reason.subject, names),
            state_words.way_text(one.reason.kind),
            one.devices,
            _list_address({**place, "about": one.reason.subject, "why": one.reason.kind}),
        )
        for one in counted
    ]


def _names(tx: Tx, subjects: Sequence[str]) -> dict[str, str]:
    ours = blueprints.profiles(tx, viewer(), subjects)
    return {
        **blueprints.app_names(tx, subjects),
        **{identifier: row.name for identifier, row in ours.items()},
    }


def _visible_schools(tx: Tx) -> Sequence[School]:
    ids = viewer().school_ids
    return schools.all_schools(tx) if ids is None else schools.schools(tx, ids)


def _wanted_file() -> str:
    kind = request.args.get("format", "csv")
    if kind not in _FILES:
        raise InvalidInput("format", "csv or json")
    return kind


def _file(kind: str, name: str, found: State) -> Response:
    media_type, write = _FILES[kind]
    response = Response(write(found), mimetype=media_type)
    dated = f"{name}-{found.at:%Y-%m-%d}.{kind}"
    response.headers.set("Content-Disposition", "attachment", filename=dated)
    return response
