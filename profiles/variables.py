"""Variables such as $SERIAL in the texts of a profile: a closed list, filled in at delivery.

Contents of payloads are templates. `$NAME` or `${NAME}` stands for a fact about the device,
`$$` for one dollar sign; any other dollar sign stands for itself. Only texts are filled: no key,
no byte string, and never what identifies a payload. What was filled in is not looked at again,
so a device name cannot smuggle in a variable.

Here: the list, finding, filling, escaping. Not here: where the facts come from, and writing XML
(profiles.plist escapes every text).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from profiles.errors import InvalidPayload

_REFERENCE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<braced>[A-Z][A-Z0-9_]*)\}|(?P<bare>[A-Z][A-Z0-9_]*))"
)
_DOLLAR_THAT_MATTERS = re.compile(r"\$(?=[$A-Z{])")

# What identifies a payload must be the same on every device that reports it.
_NEVER_FILLED = frozenset({"PayloadIdentifier", "PayloadUUID", "PayloadType"})


class Variable(Enum):
    """Every variable; the value is its name without the dollar sign."""

    SERIAL = "SERIAL"
    UDID = "UDID"
    DEVICE_NAME = "DEVICE_NAME"
    SCHOOL = "SCHOOL"
    SCHOOL_NUMBER = "SCHOOL_NUMBER"
    CLASS = "CLASS"


@dataclass(frozen=True, slots=True)
class DeviceVariables:
    """The facts of one device; None: the device has no such fact."""

    serial: str | None = None
    udid: str | None = None
    device_name: str | None = None
    school: str | None = None
    school_number: str | None = None
    class_name: str | None = None

    def value_of(self, variable: Variable) -> str | None:
        """Give the fact that a variable stands for."""
        match variable:
            case Variable.SERIAL:
                return self.serial
            case Variable.UDID:
                return self.udid
            case Variable.DEVICE_NAME:
                return self.device_name
            case Variable.SCHOOL:
                return self.school
            case Variable.SCHOOL_NUMBER:
                return self.school_number
            case Variable.CLASS:
                return self.class_name


_KNOWN: Mapping[str, Variable] = {variable.value: variable for variable in Variable}


def find_unknown(value: object) -> list[str]:
    """Name each reference that is no variable, such as `$SERIALNUMBER`, once, in order.

    value: a property list's value, however nested. Ask before saving; empty means fillable.
    """
    unknown = (f"${name}" for name in _names(value) if name not in _KNOWN)
    return list(dict.fromkeys(unknown))


def used_in(value: object) -> frozenset[Variable]:
    """Tell which variables a value needs; when there are none it is the same for all devices."""
    return frozenset(_KNOWN[name] for name in _names(value) if name in _KNOWN)


def fill(value: Any, variables: DeviceVariables) -> Any:
    """Replace the references in every text of a property list's value by the device's facts.

    returns: a new value of the same shape; lists and dictionaries are never changed in place.
    raises: InvalidPayload for an unknown variable, or one that has no value for this device.
    """
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: _replacement(found, variables), value)
    if isinstance(value, Mapping):
        return {
            key: entry if key in _NEVER_FILLED else fill(entry, variables)
            for key, entry in value.items()
        }
    if isinstance(value, list | tuple):
        return [fill(element, variables) for element in value]
    return value


def literal(text: str) -> str:
    """Write a text so that filling gives exactly this text; for passwords typed by people."""
    return _DOLLAR_THAT_MATTERS.sub("$$", text)


def _replacement(found: re.Match[str], variables: DeviceVariables) -> str:
    name = _name_in(found)
    if name is None:
        return "$"
    if name not in _KNOWN:
        raise InvalidPayload(f"${name[:40]}", "is not a known variable", _KNOWN_LIST)
    value = variables.value_of(_KNOWN[name])
    if value is None:
        raise InvalidPayload(
            f"${name}", "has no value for this device", "record it, or take the variable out"
        )
    return value


def _names(value: object) -> Iterator[str]:
    if isinstance(value, str):
        names = (_name_in(found) for found in _REFERENCE.finditer(value))
        yield from (name for name in names if name is not None)
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            if key not in _NEVER_FILLED:
                yield from _names(entry)
    elif isinstance(value, list | tuple):
        for element in value:
            yield from _names(element)


def _name_in(found: re.Match[str]) -> str | None:
    return found["braced"] or found["bare"]


_KNOWN_LIST = "the variables are " + ", ".join(f"${name}" for name in _KNOWN)
