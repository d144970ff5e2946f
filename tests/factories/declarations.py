"""Declarations, and reports about them, as plans and devices write them."""

import json
from collections.abc import Sequence
from typing import Any

from profiles.declarations.activations import activation_of
from profiles.declarations.configurations.passcode import PasscodeSettings, passcode_settings
from profiles.declarations.declaration import Declaration, server_token
from profiles.declarations.management import Organization, organization_info
from profiles.declarations.manifest import DeclarationKind

PASSCODE = "cfg.passcode"
ORGANIZATION = "mgmt.org"


def an_organization(name: str = "Beispielstadt") -> Declaration:
    """Who manages."""
    return organization_info(Organization(name), ORGANIZATION)


def a_passcode(length: int = 6) -> tuple[Declaration, ...]:
    """A passcode and what makes it apply."""
    configuration = passcode_settings(PasscodeSettings(minimum_length=length), PASSCODE)
    return configuration, activation_of([configuration], "act.passcode")


def a_set(length: int = 6) -> tuple[Declaration, ...]:
    """All that a small school declares."""
    return (an_organization(), *a_passcode(length))


def a_profile_declaration(uuid: str, identifier: str = "cfg.profile") -> Declaration:
    """A profile of the library; the device's own address is put in when it asks."""
    payload = {"ProfileURL": f"profile-version:{uuid}"}
    return Declaration("com.apple.configuration.legacy", identifier, payload)


def a_state(declaration: Declaration, **keys: Any) -> dict[str, Any]:
    """What a device reports of a declaration that it has and obeys."""
    return {
        "identifier": declaration.identifier,
        "server-token": server_token(declaration),
        "active": declaration.kind is not DeclarationKind.MANAGEMENT,
        "valid": "valid",
        "reasons": [],
        **keys,
    }


def states(declarations: Sequence[Declaration], **keys: Any) -> dict[str, Any]:
    """The status item with the state of all of these, each list complete."""
    listed: dict[str, list[dict[str, Any]]] = {
        "activations": [],
        "assets": [],
        "configurations": [],
        "management": [],
    }
    for declaration in declarations:
        name = declaration.kind.value
        plural = name if name == "management" else f"{name}s"
        listed[plural].append(a_state(declaration, **keys))
    return {"management": {"declarations": listed}}


def a_status(items: dict[str, Any], *, full: bool = False, errors: Sequence[Any] = ()) -> bytes:
    """A report as a device sends it."""
    document = {"StatusItems": items, "Errors": list(errors), "FullReport": full}
    return json.dumps(document).encode()
