"""Conditions of activations: a small part of Apple's predicate language.

Known: TRUEPREDICATE, FALSEPREDICATE, AND, OR, NOT, brackets, and comparisons (== != < <= > >=
BEGINSWITH ENDSWITH CONTAINS) between @status(item), @property(key), texts, numbers, TRUE and
FALSE. Anything else, such as SUBQUERY, is not understood, which is honest and easily seen.

source: Apple, schema "Activation:Simple"; Apple, predicate format strings.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

Lookup = Callable[[str], object]
"""Gives the value of a name. raises: KeyError."""

_TOKEN = re.compile(
    r"\s*(?:(?P<ref>@(?:status|property)\([A-Za-z0-9._-]+\))|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z]+)|(?P<sign>==|!=|<>|<=|>=|&&|\|\||[()<>=!]))",
    re.ASCII,
)
_SPELT = {"&&": "AND", "||": "OR", "!": "NOT", "=": "==", "<>": "!=", "YES": "TRUE", "NO": "FALSE"}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "BEGINSWITH": lambda one, two: one.startswith(two),
    "ENDSWITH": lambda one, two: one.endswith(two),
    "CONTAINS": lambda one, two: two in one,
}
_EQUALITY = ("==", "!=")
_LONGEST = 4096


class NotUnderstood(Exception):
    """The condition is none that this iPad understands."""


class NotEvaluable(Exception):
    """The condition speaks of what is not there, or compares what cannot be compared."""


@dataclass(frozen=True, slots=True)
class Values:
    """What a condition may ask for: status items, and the server's own properties."""

    status: Lookup
    properties: Lookup


Condition: TypeAlias = Callable[[Values], bool]
Operand: TypeAlias = Callable[[Values], object]


@lru_cache(256)
def parse(text: str) -> Condition:
    """Read a condition. raises: NotUnderstood."""
    reader = _Reader(_tokens(text))
    try:
        condition = reader.either()
    except RecursionError as error:
        raise NotUnderstood("nested too deeply") from error
    if reader.peek() is not None:
        raise NotUnderstood("goes on after its end")
    return condition


def _tokens(text: str) -> list[tuple[str, str]]:
    if len(text) > _LONGEST:
        raise NotUnderstood("too long")
    found: list[tuple[str, str]] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise NotUnderstood(f"unreadable at {place}")
        found.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0

    def peek(self) -> str | None:
        """The next word or sign in its one spelling; None at the end or before an operand."""
        if self._place == len(self._tokens):
            return None
        kind, text = self._tokens[self._place]
        return _SPELT.get(text.upper(), text.upper()) if kind in ("word", "sign") else ""

    def takes(self, word: str) -> bool:
        if self.peek() != word:
            return False
        self._place += 1
        return True

    def either(self) -> Condition:
        condition = self._all()
        while self.takes("OR"):
            condition = _or(condition, self._all())
        return condition

    def _all(self) -> Condition:
        condition = self._one()
        while self.takes("AND"):
            condition = _and(condition, self._one())
        return condition

    def _one(self) -> Condition:
        if self.takes("NOT"):
            inner = self._one()
            return lambda values: not inner(values)
        if self.takes("("):
            inner = self.either()
            if not self.takes(")"):
                raise NotUnderstood("a bracket is not closed")
            return inner
        if self.takes("TRUEPREDICATE"):
            return lambda values: True
        if self.takes("FALSEPREDICATE"):
            return lambda values: False
        return self._comparison()

    def _comparison(self) -> Condition:
        left, sign = self._operand(), self.peek()
        if sign not in _COMPARE:
            raise NotUnderstood("no comparison")
        self._place += 1
        return _comparing(_COMPARE[sign], sign, left, self._operand())

    def _operand(self) -> Operand:
        if self.takes("TRUE"):
            return lambda values: True
        if self.takes("FALSE"):
            return lambda values: False
        if self.peek() != "":
            raise NotUnderstood("no value where one is needed")
        kind, text = self._tokens[self._place]
        self._place += 1
        return _operand(kind, text)


def _operand(kind: str, text: str) -> Operand:
    if kind == "ref":
        source, _, name = text[1:-1].partition("(")
        return (lambda v: v.status(name)) if source == "status" else (lambda v: v.properties(name))
    value = text[1:-1] if kind == "text" else float(text)
    return lambda values: value


def _comparing(compare: Callable[[Any, Any], bool], sign: str, a: Operand, b: Operand) -> Condition:
    def judge(values: Values) -> bool:
        try:
            one, two = a(values), b(values)
            # What has no value is equal to nothing and neither less nor greater.
            if one is None or two is None:
                return sign in _EQUALITY and (one is two) == (sign == "==")
            return bool(compare(one, two))
        except (KeyError, TypeError, AttributeError) as error:
            raise NotEvaluable(str(error)) from error

    return judge


def _or(one: Condition, two: Condition) -> Condition:
    return lambda values: one(values) or two(values)


def _and(one: Condition, two: Condition) -> Condition:
    return lambda values: one(values) and two(values)
