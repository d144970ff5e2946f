"""What no school can mean, though the tables accept it: rules between the keys of a declaration.

Here: the same rules for whoever writes keys as for whoever uses the builders. Not here: the rules
(configurations/), kinds and ranges (profiles.schema).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from profiles.declarations.configurations import (
    app_settings,
    calculator,
    passcode,
    safari,
    update_settings,
)
from profiles.errors import InvalidPayload

_READERS: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    app_settings.TYPE: app_settings.read,
    calculator.TYPE: calculator.read,
    passcode.TYPE: passcode.read,
    safari.EXTENSIONS: safari.read_extensions,
    update_settings.TYPE: update_settings.read,
}


def require_sense(declaration_type: str, payload: Mapping[str, Any]) -> None:
    """Refuse what is dangerous, contradicts itself or says nothing.

    payload: as checked_declaration accepts it.
    raises: InvalidPayload, with the path of the key.
    """
    if not payload:
        raise InvalidPayload("Payload", "says nothing", "set something")
    if declaration_type in _READERS:
        _READERS[declaration_type](payload)
