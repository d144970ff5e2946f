"""A profile written by name: a TOML text with [[payload]] tables becomes a `.mobileconfig`.

Not here: the payloads and their fields (profiles.payloads), its way into the library (service.py).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from mdm.base.errors import InvalidInput
from mdm.base.toml_text import naming_the_line, only_keys, read_toml_text, text_of
from mdm.rooms.blueprints.custom import read_custom
from mdm.rooms.blueprints.explained import explained
from profiles.configuration_profile import ConfigurationProfile, to_bytes, with_content_uuid
from profiles.payloads.by_name import payloads_from

SUFFIX = ".toml"
FROM_FILE = "from_file"
_UNNAMED = "00000000-0000-0000-0000-000000000000"

Content = Callable[[str], bytes]
"""Gives what the file of a name holds. raises: InvalidInput, OSError."""


def is_written(name: str) -> bool:
    """Whether a file of this name holds settings by name, and no profile yet."""
    return name.lower().endswith(SUFFIX)


def profile_from_text(name: str, raw: bytes, content: Content, now: datetime) -> bytes:
    """Make the profile, and refuse what the library would not take.

    name: of the file, for refusals. content: for `{ from_file = "NAME" }`.
    raises: InvalidInput naming field and line; what `content` raises.
    """
    document = read_toml_text(name, raw)
    with naming_the_line(raw.decode()):
        only_keys(document, "name", "identifier", "payload")
        body = to_bytes(_profile(document, content))
        with explained():
            read_custom(body, now)
    return body


def _profile(document: dict[str, Any], content: Content) -> ConfigurationProfile:
    identifier = text_of(document, "identifier")
    payloads = payloads_from(_with_files(document.get("payload"), content), identifier)
    profile = ConfigurationProfile(identifier, _UNNAMED, text_of(document, "name"), payloads)
    return with_content_uuid(profile)


def _with_files(value: Any, content: Content) -> Any:
    """The same value with the content of each file that it names."""
    if isinstance(value, dict):
        if value.keys() == {FROM_FILE}:
            return content(_name(value[FROM_FILE]))
        return {key: _with_files(entry, content) for key, entry in value.items()}
    if isinstance(value, list):
        return [_with_files(entry, content) for entry in value]
    return value


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInput(FROM_FILE, "is no text", "Give the name of a file.")
    return value
