"""Words of schools: who is a pupil, who teaches, which grade a class name tells."""

from __future__ import annotations

import re

from policies.roster.values import Role

_PUPIL = """s sus sch schueler schuelerin schueler/in schueler*in schueler:in schuelerinnen
student pupil learner lernende lernender kind"""
_TEACHER = """l lul lehrer lehrerin lehrer/in lehrer*in lehrer:in lehrkraft lehrkraefte lehrperson
lehrende teacher staff instructor"""

_ROLES = dict.fromkeys(_PUPIL.split(), Role.PUPIL) | dict.fromkeys(_TEACHER.split(), Role.TEACHER)

_GRADE = re.compile(r"0*([1-9]\d?)(?!\d)|(EF|Q1|Q2)(?![a-z0-9])", re.IGNORECASE)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

_CURRENT = frozenset(["2", "3", "6", "aktiv", "beurlaubt", "extern", "externe"])
"""Active, on leave, guest. source: SchILD-NRW, status of pupils."""

ALLOWED_ROLES = "pupil, teacher"


def plain(text: str) -> str:
    """Small letters without umlauts, to compare words and headings."""
    return text.lower().translate(_UMLAUTS)


def role_named(word: str) -> Role | None:
    """Pupil or teacher; None for a word we do not know."""
    return _ROLES.get(plain(word))


def grade_in(name: str) -> str:
    """The grade a class name begins with: 7b and 07B say 7, Q1a says nothing; empty for none."""
    match = _GRADE.match(name)
    return "" if match is None else match[1] or match[2].upper()


def grade_text(text: str) -> str:
    """A grade as every source says it: 07 is 7, ef is EF."""
    return str(int(text)) if text.isascii() and text.isdecimal() else text.upper()


def is_current(status: str) -> bool:
    """Whether a status of SchILD-NRW says that a pupil is at the school now."""
    return plain(status) in _CURRENT
