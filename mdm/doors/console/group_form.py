"""The form of a smart group: rows of what, how and value, of which all or any must hold.

Here: a rule out of rows and rows out of a rule. A rule that is nested deeper has no rows; it is
shown, and changed on the command line. Not here: what a rule means (policies.groups).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from mdm.base.errors import InvalidInput
from mdm.doors.console.forms import NEEDED, options
from mdm.doors.console.words import Text
from mdm.rooms.groups.service import checked_rule
from policies.groups import Rule

ROWS = 8
IS, IS_NOT, BELOW, AT_LEAST = "is", "is_not", "below", "at_least"
FIELDS: Mapping[str, Text] = {
    "": _l("nothing more"),
    "grade": _l("Grade"),
    "school": _l("School number"),
    "os_version": _l("Version of iPadOS"),
    "free_storage_gb": _l("Free storage in GB"),
    "silent_days": _l("Days without contact"),
    "has_app": _l("App (identifier)"),
    "model": _l("Model (Apple's identifier)"),
    "name": _l("Name of the iPad"),
    "group": _l("Number of a group"),
    "supervised": _l("Supervised"),
    "enrolled": _l("Enrolled"),
}
OPERATORS: Mapping[str, Text] = {
    IS: _l("is"),
    IS_NOT: _l("is not"),
    BELOW: _l("is below"),
    AT_LEAST: _l("is at least"),
}
_COMPARED = ("os_version", "free_storage_gb", "silent_days")
_FLAGS = ("supervised", "enrolled")
_LISTS = ("grade", "school", "model", "name")
_PLACE = re.compile(r"rule\.(?:all|any)\[(\d+)\]")


class GroupForm(FlaskForm):
    """combine: `all` or `any` of the rows."""

    name = StringField(_l("Name"), [InputRequired(NEEDED), Length(max=120)])
    combine = RadioField(
        _l("An iPad belongs to it when"),
        choices=options({"all": _l("every line holds"), "any": _l("any line holds")}),
        default="all",
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One line as it is typed."""

    field: str = ""
    operator: str = IS
    value: str = ""


def sent_rows() -> list[Row]:
    """The lines of the form, empty ones at the end included."""
    return [
        Row(
            request.form.get(f"field_{place}", ""),
            request.form.get(f"operator_{place}", IS),
            request.form.get(f"value_{place}", "").strip()[:1000],
        )
        for place in range(ROWS)
    ]


def rule_of(combine: str, rows: Sequence[Row]) -> Rule:
    """The rule that lines say.

    raises: InvalidInput; its field is `row 3` for a line, counted from 1 as on the page.
    """
    used = [(place, row) for place, row in enumerate(rows, 1) if row.field]
    parts = [_part(place, row) for place, row in used]
    try:
        return checked_rule({combine if combine in ("all", "any") else "all": parts})
    except InvalidInput as error:
        found = _PLACE.match(error.field)
        if found is None:
            raise
        place = used[int(found[1])][0]
        raise InvalidInput(f"row {place}", error.problem, error.next_step) from error


def rows_of(rule: Mapping[str, Any]) -> tuple[str, list[Row]] | None:
    """`all` or `any` with its lines; None for a rule that lines cannot say.

    rule: as JSON.
    """
    combine = next(iter(rule), "")
    listed = rule[combine] if combine in ("all", "any") else [rule]
    rows = [_row(part) for part in listed]
    if len(rows) > ROWS or any(row is None for row in rows):
        return None
    return combine if combine in ("all", "any") else "all", [row for row in rows if row is not None]


def _part(place: int, row: Row) -> dict[str, Any]:
    if row.field not in FIELDS or row.operator not in OPERATORS:
        raise InvalidInput(f"row {place}", "is no known criterion")
    is_compared = row.field in _COMPARED
    if is_compared is not (row.operator in (BELOW, AT_LEAST)):
        raise InvalidInput(f"row {place}", _comparison_problem(is_compared))
    part = _positive(place, row)
    denied = row.operator == IS_NOT and row.field not in ("has_app", *_FLAGS)
    is_fresh = row.field == "silent_days" and row.operator == BELOW
    return {"not": part} if denied or is_fresh else part


def _comparison_problem(is_compared: bool) -> str:
    return "is compared with below or at least" if is_compared else "is compared with is or is not"


def _positive(place: int, row: Row) -> dict[str, Any]:
    if row.field in _FLAGS:
        return {row.field: row.operator == IS}
    if row.field == "has_app":
        return {"has_app" if row.operator == IS else "lacks_app": row.value}
    if row.field in _LISTS:
        return {row.field: [word.strip() for word in row.value.split(",") if word.strip()]}
    if row.field == "os_version":
        return {row.field: {row.operator: row.value}}
    number = _number(place, row.value)
    is_storage = row.field == "free_storage_gb"
    return {row.field: {row.operator: number} if is_storage else number}


def _number(place: int, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise InvalidInput(f"row {place}", "a whole number is needed")
    return int(text)


def _row(part: Mapping[str, Any]) -> Row | None:
    key, value = next(iter(part.items()))
    if key == "not":
        inside = _row(value) if isinstance(value, Mapping) else None
        return _denied(inside)
    if key in ("all", "any"):
        return None
    if key == "lacks_app":
        return Row("has_app", IS_NOT, value)
    if key in _FLAGS:
        return Row(key, IS if value else IS_NOT)
    if isinstance(value, Mapping):
        operator, bound = next(iter(value.items()))
        return Row(key, operator, str(bound))
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return Row(key, AT_LEAST if key == "silent_days" else IS, text)


def _denied(row: Row | None) -> Row | None:
    if row is None or row.operator == IS_NOT or row.field in _FLAGS or row.field == "has_app":
        return None
    if row.field == "silent_days":
        return Row(row.field, BELOW, row.value)
    # Not below is more than at least: whoever has not told fits neither.
    return None if row.field in _COMPARED else Row(row.field, IS_NOT, row.value)
