"""The one way from a payload's keys to a Declaration: checked by the tables.

Here: what all declarations share. Not here: rules between keys (configurations/, assets.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from profiles.declarations.declaration import Declaration
from profiles.errors import InvalidPayload
from profiles.schema import declaration_reader
from profiles.variables import find_unknown


def checked_declaration(
    declaration_type: str, identifier: str, payload: Mapping[str, object]
) -> Declaration:
    """Make a declaration of keys that the tables know; also for what has no builder of its own.

    payload: a template (profiles.variables).
    raises: InvalidPayload.
    """
    declaration_reader.check(declaration_type, payload)
    for key, value in payload.items():
        if unknown := find_unknown(value):
            raise InvalidPayload(
                key, f"holds the unknown variable {unknown[0][:40]}", "write $$ for a dollar sign"
            )
    return Declaration(declaration_type, identifier, payload)
