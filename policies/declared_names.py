"""Identifiers of the declarations that the house makes: the same every time, for ever.

Here: names. Not here: what they hold (policies.declaring). A blueprint's own declarations bring
their identifiers along (policies.assignment).
"""

from __future__ import annotations

import hashlib

from profiles.declarations import activations, management
from profiles.declarations.configurations import (
    legacy,
    managed_app,
    status_subscriptions,
    update_enforcement,
)
from profiles.declarations.declaration import declaration_identifier
from profiles.errors import InvalidPayload

_HOUSE = "house"

SERVER = declaration_identifier(management.SERVER_CAPABILITIES, _HOUSE)
ORGANIZATION = declaration_identifier(management.ORGANIZATION_INFO, _HOUSE)
SUBSCRIPTIONS = declaration_identifier(status_subscriptions.TYPE, _HOUSE)
OS_VERSION = declaration_identifier(update_enforcement.TYPE, _HOUSE)


def profile_name(identifier: str) -> str:
    """Name the declaration that brings a profile, by the profile's identifier."""
    return _named(legacy.TYPE, identifier)


def app_name(bundle_id: str) -> str:
    """Name the declaration that keeps an app."""
    return _named(managed_app.TYPE, bundle_id)


def activation_name(configuration: str) -> str:
    """Name the activation of one configuration: each has its own, so that none holds up another."""
    return declaration_identifier(activations.SIMPLE, configuration)


def _named(declaration_type: str, text: str) -> str:
    try:
        return declaration_identifier(declaration_type, text)
    except InvalidPayload:
        # Uploaded profiles may be named with any characters.
        return declaration_identifier(declaration_type, hashlib.sha256(text.encode()).hexdigest())
