"""What a particular iPad will not obey, although the declaration is correct.

Not here: errors that hold for every device (profiles.schema.declaration_reader); what a device
itself says it can (profiles.declarations.capabilities), which outweighs these tables.

source: Apple, schema of declarations: versions, enrollments, scopes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from profiles.schema import hints
from profiles.schema.declaration_facts import DeclarationFacts, Enrollment
from profiles.schema.declaration_tables import declaration_facts
from profiles.schema.hints import DeviceTraits, HintKind, KeyHint

_WHOLE = "Type"


def unsupported_on(
    declaration_type: str, payload: Mapping[str, object], device: DeviceTraits
) -> list[KeyHint]:
    """List what the device would refuse or ignore; facts not known about it give no hint.

    returns: hints about the whole declaration have the field "Type".
    raises: InvalidPayload for a type without a table.
    """
    facts = declaration_facts(declaration_type)
    whole = list(_of_declaration(facts, device))
    if any(hint.kind is HintKind.NEEDS_NEWER_OS for hint in whole):
        return whole
    return [*whole, *hints.of_keys("", payload, facts.keys, device)]


def _of_declaration(facts: DeclarationFacts, device: DeviceTraits) -> Iterator[KeyHint]:
    if device.apple_tv:
        yield KeyHint(_WHOLE, HintKind.WRONG_PLATFORM)
        return
    if device.os_version is not None and device.os_version < facts.since:
        yield KeyHint(_WHOLE, HintKind.NEEDS_NEWER_OS, facts.since)
    if device.user_enrollment:
        if Enrollment.USER not in facts.enrollments:
            yield KeyHint(_WHOLE, HintKind.NOT_IN_USER_ENROLLMENT)
    elif device.supervised is False and Enrollment.DEVICE not in facts.enrollments:
        yield KeyHint(_WHOLE, HintKind.NEEDS_SUPERVISION)
    if device.shared_ipad and device.channel not in facts.channels:
        yield KeyHint(_WHOLE, HintKind.WRONG_CHANNEL)
