"""The report on the state of the iPads as files: a table for spreadsheets, JSON for programs.

The names of columns and keys are stable: other programs read them. Instants are ISO 8601 in UTC.
Not here: counting (queries.py), who may have a file (the doors).
"""

import codecs
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mdm.rooms.compliance.queries import State
from policies.compliance import Compliance, ReasonCount, Share, Silence
from policies.roster.formats.table import write_table
from policies.scope import ScopeKind

_IN_SIGHT = "schools_in_sight"
_PLACE = ("school", "grade", "class")
_HEADINGS = (
    "at",
    "oldest_judgement",
    "scope",
    *_PLACE,
    "devices",
    *(compliance.value for compliance in Compliance),
    "as_wished_percent",
    "as_wished_but_silent",
    *(f"silent_{span.value}_days" for span in Silence),
    "most_frequent_reasons",
)


def as_csv(state: State) -> bytes:
    """Write one line a scope, for spreadsheets: UTF-8 with its mark, semicolons, no formulas."""
    rows = (_cells(state, share) for share in state.shares)
    return codecs.BOM_UTF8 + write_table(_HEADINGS, rows, ";")


def as_json(state: State) -> bytes:
    """Write the same for programs, as one document."""
    document = {
        "at": _text(state.at),
        "shares": [_share(state, share) for share in state.shares],
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _cells(state: State, share: Share) -> list[str]:
    place = _place(share)
    return [
        _text(state.at),
        _text(share.oldest_judgement) or "",
        _scope(state, share),
        *(place.get(name, "") for name in _PLACE),
        str(share.devices),
        *(str(share.by_compliance[compliance]) for compliance in Compliance),
        str(share.percent(Compliance.AS_WISHED)),
        str(share.unheard),
        *(str(share.silent[span]) for span in Silence),
        ", ".join(map(_in_words, share.reasons)),
    ]


def _share(state: State, share: Share) -> dict[str, Any]:
    return {
        "scope": _scope(state, share),
        **_place(share),
        "devices": share.devices,
        "by_compliance": {str(kind): number for kind, number in share.by_compliance.items()},
        "as_wished_percent": share.percent(Compliance.AS_WISHED),
        "as_wished_but_silent": share.unheard,
        "silent_days": {str(span.value): number for span, number in share.silent.items()},
        "reasons": [
            {"kind": one.reason.kind, "subject": one.reason.subject, "devices": one.devices}
            for one in share.reasons
        ],
        "oldest_judgement": _text(share.oldest_judgement),
    }


def _scope(state: State, share: Share) -> str:
    is_part = share.scope.kind is ScopeKind.CITY and not state.is_whole
    return _IN_SIGHT if is_part else share.scope.kind.value


def _place(share: Share) -> dict[str, str]:
    """The names of school and what is inside it, as far as the scope has them."""
    return dict(_parts(share))


def _parts(share: Share) -> Iterator[tuple[str, str]]:
    if share.scope.kind is ScopeKind.CITY:
        return
    school, _, inside = share.scope.name.partition("/")
    yield "school", school
    if inside:
        yield share.scope.kind.value, inside


def _in_words(one: ReasonCount) -> str:
    return f"{one.reason.kind} {one.reason.subject} ({one.devices})"


def _text(at: datetime | None) -> Any:
    return None if at is None else at.isoformat()
