"""Rules between the keys of one dictionary, such as: exactly one of three."""

from collections.abc import Mapping

from profiles.commands.parameters import (
    AtLeastOne,
    AtMostOne,
    ExactlyOne,
    Needs,
    RequiredUnless,
    Rule,
)
from profiles.errors import InvalidCommand


def check_rules(values: Mapping[str, object], rules: tuple[Rule, ...], path: str) -> None:
    """Check every rule.

    raises: InvalidCommand, its field naming the first key that the rule is about.
    """
    for rule in rules:
        broken = _broken(values, rule)
        if broken is not None:
            field, problem, next_step = broken
            raise InvalidCommand(f"{path}.{field}" if path else field, problem, next_step)


def _broken(values: Mapping[str, object], rule: Rule) -> tuple[str, str, str] | None:
    match rule:
        case Needs(key, needed):
            if key in values and needed not in values:
                return needed, "missing", f"{key} needs it"
        case RequiredUnless(key, flag):
            if key not in values and values.get(flag) is not True:
                return key, "missing", f"give it, or set {flag}"
        case ExactlyOne(keys) | AtLeastOne(keys) | AtMostOne(keys):
            return _miscounted(rule, keys, [key for key in keys if key in values])
    return None


def _miscounted(rule: Rule, keys: tuple[str, ...], given: list[str]) -> tuple[str, str, str] | None:
    names = ", ".join(keys)
    if not given and not isinstance(rule, AtMostOne):
        return keys[0], "missing", f"give one of {names}"
    if len(given) > 1 and not isinstance(rule, AtLeastOne):
        return given[1], "excluded by another key", f"give only one of {names}"
    return None
