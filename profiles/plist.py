"""Property lists: the only place that reads or writes them, XML only.

Here: the accessors with which readers of messages take a value of the right kind.
Next: plist_reader (bytes to values, limits), plist_writer, plist_envelope (the quick look).

Keys that a message does not name are ignored by its reader; Apple adds some every year.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from profiles.errors import MalformedMessage
from profiles.plist_envelope import ReportEnvelope, read_report_envelope
from profiles.plist_reader import MAX_BYTES, PlistValue, read_dict, read_value
from profiles.plist_writer import WritableValue, write

__all__ = [
    "MAX_BYTES",
    "PlistValue",
    "ReportEnvelope",
    "WritableValue",
    "array",
    "boolean",
    "data",
    "date",
    "dictionaries",
    "dictionary",
    "integer",
    "optional_array",
    "optional_boolean",
    "optional_data",
    "optional_date",
    "optional_dictionary",
    "optional_integer",
    "optional_real",
    "optional_text",
    "read_dict",
    "read_report_envelope",
    "read_value",
    "text",
    "texts",
    "write",
]

_T = TypeVar("_T")

PlistDict = Mapping[str, PlistValue]


def text(message: PlistDict, key: str) -> str:
    """Take a string that must be there and must not be empty.

    raises: MalformedMessage.
    """
    return _required(optional_text(message, key), key)


def optional_text(message: PlistDict, key: str) -> str | None:
    """Take a string; an empty one counts as absent, so that no identifier is ever empty.

    raises: MalformedMessage, if the value is no string.
    """
    value = message.get(key)
    if value is None or isinstance(value, str):
        return value or None
    raise MalformedMessage(key, "not a string")


def data(message: PlistDict, key: str) -> bytes:
    """Take bytes that must be there and must not be empty.

    raises: MalformedMessage.
    """
    return _required(optional_data(message, key) or None, key)


def optional_data(message: PlistDict, key: str) -> bytes | None:
    """Take bytes, possibly empty.

    raises: MalformedMessage, if the value is no data.
    """
    value = message.get(key)
    if value is None or isinstance(value, bytes):
        return value
    raise MalformedMessage(key, "not data")


def boolean(message: PlistDict, key: str, default: bool | None = None) -> bool:
    """Take a boolean; without a default it must be there.

    raises: MalformedMessage.
    """
    value = optional_boolean(message, key)
    return _required(default if value is None else value, key)


def optional_boolean(message: PlistDict, key: str) -> bool | None:
    """Take a boolean.

    raises: MalformedMessage, if the value is no boolean; 0 and 1 are integers.
    """
    value = message.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise MalformedMessage(key, "not a boolean")


def integer(message: PlistDict, key: str) -> int:
    """Take an integer that must be there.

    raises: MalformedMessage.
    """
    return _required(optional_integer(message, key), key)


def optional_integer(message: PlistDict, key: str) -> int | None:
    """Take an integer.

    raises: MalformedMessage, if the value is no integer; true and false are none.
    """
    value = message.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise MalformedMessage(key, "not an integer")


def optional_real(message: PlistDict, key: str) -> float | None:
    """Take a number; devices send whole ones as integers.

    raises: MalformedMessage, if the value is no number.
    """
    value = message.get(key)
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    raise MalformedMessage(key, "not a number")


def date(message: PlistDict, key: str) -> datetime:
    """Take an instant in UTC that must be there.

    raises: MalformedMessage.
    """
    return _required(optional_date(message, key), key)


def optional_date(message: PlistDict, key: str) -> datetime | None:
    """Take an instant in UTC.

    raises: MalformedMessage, if the value is no date.
    """
    value = message.get(key)
    if value is None or isinstance(value, datetime):
        return value
    raise MalformedMessage(key, "not a date")


def dictionary(message: PlistDict, key: str) -> dict[str, PlistValue]:
    """Take a dictionary that must be there.

    raises: MalformedMessage.
    """
    return _required(optional_dictionary(message, key), key)


def optional_dictionary(message: PlistDict, key: str) -> dict[str, PlistValue] | None:
    """Take a dictionary, possibly empty.

    raises: MalformedMessage, if the value is no dictionary.
    """
    value = message.get(key)
    if value is None or isinstance(value, dict):
        return value
    raise MalformedMessage(key, "not a dictionary")


def array(message: PlistDict, key: str) -> list[PlistValue]:
    """Take an array that must be there.

    raises: MalformedMessage.
    """
    return _required(optional_array(message, key), key)


def optional_array(message: PlistDict, key: str) -> list[PlistValue] | None:
    """Take an array, possibly empty.

    raises: MalformedMessage, if the value is no array.
    """
    value = message.get(key)
    if value is None or isinstance(value, list):
        return value
    raise MalformedMessage(key, "not an array")


def dictionaries(message: PlistDict, key: str) -> list[dict[str, PlistValue]]:
    """Take an array of dictionaries; an absent one is empty.

    raises: MalformedMessage, if the value or one of its members is of another kind.
    """
    members = optional_array(message, key) or []
    found = [member for member in members if isinstance(member, dict)]
    if len(found) != len(members):
        raise MalformedMessage(key, "not an array of dictionaries")
    return found


def texts(message: PlistDict, key: str) -> list[str]:
    """Take an array of strings; an absent one is empty.

    raises: MalformedMessage, if the value or one of its members is of another kind.
    """
    members = optional_array(message, key) or []
    found = [member for member in members if isinstance(member, str)]
    if len(found) != len(members):
        raise MalformedMessage(key, "not an array of strings")
    return found


def _required(value: _T | None, key: str) -> _T:
    if value is None:
        raise MalformedMessage(key, "missing")
    return value
