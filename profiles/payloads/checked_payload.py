"""The one way from a payload's keys to a Payload: checked by the tables, with a stable UUID.

Here: what all payloads share. Not here: rules between keys (one file per payload beside this).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload, MalformedMessage
from profiles.identifiers import payload_identifier, payload_uuid
from profiles.schema import reader
from profiles.variables import find_unknown


def checked_payload(
    payload_type: str, identifier: str, display_name: str, content: Mapping[str, Any]
) -> Payload:
    """Make a payload whose PayloadUUID follows from identifier, type and content.

    content: a template (profiles.variables). The display name is not part of the UUID, so that
        a new name does not make a device set up an account or a network anew.
    raises: InvalidPayload.
    """
    refuse_faulty(payload_type, content)
    named = payload_identifier(identifier)
    try:
        uuid = payload_uuid({"PayloadType": payload_type, **content}, named)
    except MalformedMessage as error:
        raise InvalidPayload(error.field, error.problem, "take it out") from error
    return Payload(
        type=payload_type,
        identifier=named,
        uuid=uuid,
        display_name=display_name,
        content=content,
    )


def refuse_faulty(payload_type: str, content: Mapping[str, Any]) -> None:
    """Refuse what no device would take, and variables that nobody could fill in.

    raises: InvalidPayload.
    """
    reader.check(payload_type, content)
    for key, value in content.items():
        if unknown := find_unknown(value):
            raise InvalidPayload(
                key, f"holds the unknown variable {unknown[0][:40]}", "write $$ for a dollar sign"
            )
