"""Activations: which configurations apply, and on which condition.

A configuration that no activation names does nothing. Several small activations are better than
one: what one misses does not hold up the others.

source: Apple, schema "Activation:Simple".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration, require_identifier
from profiles.declarations.manifest import DeclarationKind
from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_text, stated

SIMPLE = "com.apple.activation.simple"

_FIELD = "StandardConfigurations"

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def activation(
    configurations: Iterable[str], identifier: str, predicate: str | None = None
) -> Declaration:
    """Make configurations apply.

    configurations: their identifiers, in any order; the same set gives the same declaration.
    predicate: a condition that the device evaluates whenever a value in it changes, such as
        "@status(device.model.family) == 'iPad'"; None: always. Versions compare as texts there.
    raises: InvalidPayload.
    """
    names = sorted(configurations)
    _require_names(names)
    if predicate is not None:
        _require_predicate(predicate)
    payload = stated({_FIELD: names, "Predicate": predicate})
    return checked_declaration(SIMPLE, identifier, payload)


def activation_of(
    configurations: Iterable[Declaration], identifier: str, predicate: str | None = None
) -> Declaration:
    """Make these very configurations apply.

    raises: InvalidPayload, also for a declaration that is no configuration.
    """
    chosen = list(configurations)
    for place, declaration in enumerate(chosen):
        if declaration.kind is not DeclarationKind.CONFIGURATION:
            raise InvalidPayload(
                f"{_FIELD}[{place}]", "is no configuration", "name configurations only"
            )
    return activation([declaration.identifier for declaration in chosen], identifier, predicate)


def _require_names(names: list[str]) -> None:
    if not names:
        raise InvalidPayload(_FIELD, "is empty", "name one configuration or more")
    for place, name in enumerate(names):
        require_identifier(f"{_FIELD}[{place}]", name)
        if name in names[:place]:
            raise InvalidPayload(f"{_FIELD}[{place}]", "comes twice", "keep one of the two")


def _require_predicate(predicate: str) -> None:
    require_text("Predicate", predicate, "give a condition, or leave it out")
    bare = _QUOTED.sub("", predicate)
    if bare.count("(") != bare.count(")"):
        raise InvalidPayload("Predicate", "has unequal brackets", "close every bracket")
