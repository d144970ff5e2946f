"""Checking a command's keys against their description, before anything is queued.

Here: presence, kind, choices, bounds, forms, and the rules between keys.
Not here: what can be written as a property list at all (profiles.plist_writer).

A device answers a wrong kind with CommandFormatError or ignores the key in silence; both are
too late for 100,000 devices. No message repeats a value: values are secrets or names.
"""

import re
from collections.abc import Mapping

from profiles.commands.forms import fits
from profiles.commands.key_rules import check_rules
from profiles.commands.parameters import Kind, Parameter, Rule
from profiles.commands.walking import inner, variant_of
from profiles.errors import InvalidCommand

_KIND_CLASSES: Mapping[Kind, type] = {
    Kind.STRING: str,
    Kind.INTEGER: int,
    Kind.BOOLEAN: bool,
    Kind.DATA: bytes,
    Kind.ARRAY: list,
    Kind.DICTIONARY: Mapping,
}
# Anything longer or stranger than a key of Apple's is not repeated in a message.
_PLAIN_KEY = re.compile(r"[A-Za-z0-9]{1,64}")
_MAC_ONLY = "only Macs know this"
_LEAVE_OUT = "leave it out"


def check_keys(
    values: Mapping[str, object],
    parameters: tuple[Parameter, ...],
    rules: tuple[Rule, ...],
    path: str = "",
) -> None:
    """Check one dictionary: no foreign key, nothing missing, every value as described.

    path: of the dictionary, as in `Settings[0]`; empty at the top.
    raises: InvalidCommand with the path of the field.
    """
    known = {parameter.key: parameter for parameter in parameters}
    for key, value in values.items():
        if key not in known:
            raise InvalidCommand(inner(path, _shown(key)), "an unknown key", _help(parameters))
        _check_value(value, known[key], inner(path, key))
    for parameter in parameters:
        if parameter.required and parameter.key not in values:
            raise InvalidCommand(
                inner(path, parameter.key), "missing", f"give {parameter.kind.value}"
            )
    check_rules(values, rules, path)


def _shown(key: object) -> str:
    return key if isinstance(key, str) and _PLAIN_KEY.fullmatch(key) else "?"


def _help(parameters: tuple[Parameter, ...]) -> str:
    names = [parameter.key for parameter in parameters if not parameter.is_mac_only]
    return f"known are {', '.join(names)}" if names else "the command takes none"


def _check_value(value: object, parameter: Parameter, path: str) -> None:
    if parameter.is_mac_only:
        raise InvalidCommand(path, _MAC_ONLY, _LEAVE_OUT)
    _check_kind(value, parameter.kind, path)
    _check_choice(value, parameter, path)
    _check_bounds(value, parameter, path)
    _check_form(value, parameter, path)
    _check_inside(value, parameter, path)


def _check_kind(value: object, kind: Kind, path: str) -> None:
    # A boolean is an integer to Python, and something else to a property list.
    is_boolean = isinstance(value, bool)
    if isinstance(value, _KIND_CLASSES[kind]) and is_boolean == (kind is Kind.BOOLEAN):
        return
    raise InvalidCommand(path, f"not {kind.value}", f"give {kind.value}")


def _check_choice(value: object, parameter: Parameter, path: str) -> None:
    if value in parameter.mac_only_choices:
        raise InvalidCommand(path, _MAC_ONLY, _allowed(parameter))
    if parameter.choices and value not in parameter.choices:
        raise InvalidCommand(path, "not one of the allowed values", _allowed(parameter))


def _allowed(parameter: Parameter) -> str:
    return f"allowed are {', '.join(str(choice) for choice in parameter.choices)}"


def _check_bounds(value: object, parameter: Parameter, path: str) -> None:
    match value:
        case bool():
            return
        case int():
            if value != 0 or not parameter.or_zero:
                _check_range(value, parameter, path, "")
        case str() | bytes() | list():
            _check_range(len(value), parameter, path, " long")


def _check_range(size: int, parameter: Parameter, path: str, measure: str) -> None:
    if parameter.at_least is not None and size < parameter.at_least:
        raise InvalidCommand(path, "too small", f"at least {parameter.at_least}{measure}")
    if parameter.at_most is not None and size > parameter.at_most:
        raise InvalidCommand(path, "too large", f"at most {parameter.at_most}{measure}")


def _check_form(value: object, parameter: Parameter, path: str) -> None:
    if parameter.form is None or not isinstance(value, str) or fits(value, parameter.form):
        return
    raise InvalidCommand(path, f"not {parameter.form.value}", f"give {parameter.form.value}")


def _check_inside(value: object, parameter: Parameter, path: str) -> None:
    if isinstance(value, list) and parameter.item is not None:
        for index, member in enumerate(value):
            _check_value(member, parameter.item, f"{path}[{index}]")
    elif isinstance(value, Mapping) and parameter.variants:
        _check_variant(value, parameter, path)
    elif isinstance(value, Mapping) and not parameter.is_open:
        check_keys(value, parameter.keys, parameter.rules, path)


def _check_variant(value: Mapping[str, object], parameter: Parameter, path: str) -> None:
    variant = variant_of(value, parameter)
    if variant is None:
        names = ", ".join(known.key for known in parameter.variants if not known.is_mac_only)
        raise InvalidCommand(inner(path, "Item"), "missing or unknown", f"allowed are {names}")
    if variant.is_mac_only:
        raise InvalidCommand(inner(path, "Item"), _MAC_ONLY, _LEAVE_OUT)
    keys = {key: content for key, content in value.items() if key != "Item"}
    check_keys(keys, variant.keys, variant.rules, path)
