"""The rule of a smart group as JSON, both ways, as people write and read it.

    {"all": [{"grade": ["9"]}, {"os_version": {"below": "17.0"}}, {"not": {"group": 3}}]}

Here: one object with one key for each part of a rule; a reader that names the field of every
fault. Not here: what a rule means (policies.groups), groups that name each other
(policies.group_cycles).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from policies.errors import InvalidRule
from policies.groups import (
    AllOf,
    AnyOf,
    AtSchool,
    Comparison,
    Criterion,
    Enrolled,
    FreeStorage,
    HasApp,
    InGrade,
    LacksApp,
    MemberOf,
    ModelIs,
    NameIs,
    NotThis,
    OsVersionIs,
    Rule,
    SilentFor,
    Supervised,
)
from profiles.schema.os_version import OsVersion

DEEPEST = 8
MOST_PARTS = 100
_MOST_WORDS = 200
_LONGEST_TEXT = 255
_HIGHEST_NUMBER = (1 << 31) - 1
_MOST_DAYS = 3650


def write_rule(rule: Rule) -> dict[str, Any]:
    """Write a rule as values of JSON."""
    match rule:
        case AllOf():
            return {"all": [write_rule(part) for part in rule.rules]}
        case AnyOf():
            return {"any": [write_rule(part) for part in rule.rules]}
        case NotThis():
            return {"not": write_rule(rule.rule)}
        case OsVersionIs():
            return {"os_version": {rule.comparison.value: rule.version}}
        case FreeStorage():
            return {"free_storage_gb": {rule.comparison.value: rule.gigabytes}}
        case _:
            return {_NAMES[type(rule)]: _plain(rule)}


def read_rule(value: object) -> Rule:
    """Read what `write_rule` wrote, or what a person did.

    raises: InvalidRule with the path of the field (`all[1].os_version.below`): no criterion at
        all, unknown keys, wrong kinds of value, nested deeper than 8, more than 100 parts.
    """
    return _read(value, "", _Budget())


class _Budget:
    """How many parts a rule may still have."""

    def __init__(self) -> None:
        self.left = MOST_PARTS

    def spend(self, path: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise InvalidRule(path, f"has more than {MOST_PARTS} parts", "Use two groups.")


def _read(value: object, path: str, budget: _Budget, depth: int = 0) -> Rule:
    budget.spend(path)
    if depth > DEEPEST:
        raise InvalidRule(path, f"is nested deeper than {DEEPEST}", "Use a group of its own.")
    key, content = _only_entry(value, path)
    below = f"{path}.{key}".lstrip(".")
    if key in ("all", "any"):
        members = _list(content, below)
        parts = [
            _read(part, f"{below}[{place}]", budget, depth + 1)
            for place, part in enumerate(members)
        ]
        return AllOf(tuple(parts)) if key == "all" else AnyOf(tuple(parts))
    if key == "not":
        return NotThis(_read(content, below, budget, depth + 1))
    return _reader(key, below)(content, below)


def _only_entry(value: object, path: str) -> tuple[str, object]:
    if not isinstance(value, Mapping):
        raise InvalidRule(path, "is no rule", 'Write it like {"grade": ["9"]}.')
    if not value:
        raise InvalidRule(path, "is empty", "An empty rule would take in everybody: say whom.")
    if len(value) > 1:
        raise InvalidRule(path, "has more than one key", "Put each in a list under all or any.")
    key, content = next(iter(value.items()))
    return str(key), content


def _reader(key: str, path: str) -> Callable[[object, str], Criterion]:
    reader = _READERS.get(key)
    if reader is None:
        similar = get_close_matches(key, [*_READERS, "all", "any", "not"], n=1)
        hint = f"Did you mean {similar[0]}?" if similar else f"Use one of {', '.join(_READERS)}."
        raise InvalidRule(path[:80], "is no known criterion", hint)
    return reader


def _list(content: object, path: str) -> Sequence[object]:
    if not isinstance(content, list | tuple):
        raise InvalidRule(path, "is no list")
    if not content:
        raise InvalidRule(path, "is empty", "Name at least one.")
    if len(content) > _MOST_WORDS:
        raise InvalidRule(path, f"has more than {_MOST_WORDS} entries")
    return content


def _texts(content: object, path: str) -> tuple[str, ...]:
    members = [content] if isinstance(content, str) else _list(content, path)
    return tuple(_text(member, f"{path}[{place}]") for place, member in enumerate(members))


def _text(content: object, path: str) -> str:
    if not isinstance(content, str):
        raise InvalidRule(path, "has the wrong kind of value", "Write a text.")
    if not content.strip() or len(content) > _LONGEST_TEXT or not content.isprintable():
        raise InvalidRule(path, f"a text of 1 to {_LONGEST_TEXT} characters is needed")
    return content


def _number(content: object, path: str, highest: int) -> int:
    # Python counts True as a number.
    if isinstance(content, bool) or not isinstance(content, int):
        raise InvalidRule(path, "has the wrong kind of value", "Write a whole number.")
    if not 1 <= content <= highest:
        raise InvalidRule(path, f"is not between 1 and {highest}")
    return content


def _boolean(content: object, path: str) -> bool:
    if not isinstance(content, bool):
        raise InvalidRule(path, "has the wrong kind of value", "Write true or false.")
    return content


def _compared(content: object, path: str) -> tuple[Comparison, object, str]:
    word, bound = _only_entry(content, path)
    below = f"{path}.{word}"
    if word not in tuple(Comparison):
        raise InvalidRule(below[:80], "is no comparison", "Use below or at_least.")
    return Comparison(word), bound, below


def _os_version(content: object, path: str) -> OsVersionIs:
    comparison, bound, below = _compared(content, path)
    text = _text(bound, below)
    try:
        OsVersion.parse(text)
    except ValueError as error:
        raise InvalidRule(below, "is no version", "Write it like 17.4.") from error
    return OsVersionIs(comparison, text)


def _free_storage(content: object, path: str) -> FreeStorage:
    comparison, bound, below = _compared(content, path)
    return FreeStorage(comparison, _number(bound, below, _HIGHEST_NUMBER))


_READERS: Mapping[str, Callable[[object, str], Criterion]] = {
    "model": lambda content, path: ModelIs(_texts(content, path)),
    "name": lambda content, path: NameIs(_texts(content, path)),
    "os_version": _os_version,
    "free_storage_gb": _free_storage,
    "silent_days": lambda content, path: SilentFor(_number(content, path, _MOST_DAYS)),
    "has_app": lambda content, path: HasApp(_text(content, path)),
    "lacks_app": lambda content, path: LacksApp(_text(content, path)),
    "supervised": lambda content, path: Supervised(_boolean(content, path)),
    "enrolled": lambda content, path: Enrolled(_boolean(content, path)),
    "school": lambda content, path: AtSchool(_texts(content, path)),
    "grade": lambda content, path: InGrade(_texts(content, path)),
    "group": lambda content, path: MemberOf(_number(content, path, _HIGHEST_NUMBER)),
}

_NAMES: Mapping[type, str] = {
    ModelIs: "model",
    NameIs: "name",
    SilentFor: "silent_days",
    HasApp: "has_app",
    LacksApp: "lacks_app",
    Supervised: "supervised",
    Enrolled: "enrolled",
    AtSchool: "school",
    InGrade: "grade",
    MemberOf: "group",
}


def _plain(criterion: Criterion) -> object:
    """The one field of a criterion, as JSON has it."""
    (name,) = criterion.__dataclass_fields__
    content = getattr(criterion, name)
    return list(content) if isinstance(content, tuple) else content
