"""Whether an iPad accepts a declaration by itself, before it looks at the others.

Here: type, keys, values, and the few rules between keys. Not here: what it refers to (evaluation).

source: Apple, schema of declarations, and the reasons of declarations.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from mdm.simulator.declarative.documents import Declaration
from mdm.simulator.declarative.reasons import (
    INVALID_CONFIGURATION,
    INVALID_PAYLOAD,
    NOT_SUPPORTED,
    UNKNOWN,
    UNKNOWN_KEYS,
    Reason,
)
from mdm.simulator.declarative.system import knows
from profiles.schema.declaration_hints import unsupported_on
from profiles.schema.declaration_reader import problems_in
from profiles.schema.hints import DeviceTraits, HintKind

APP = "com.apple.configuration.app.managed"
LEGACY = "com.apple.configuration.legacy"
INTERACTIVE = "com.apple.configuration.legacy.interactive"
ENFORCEMENT = "com.apple.configuration.softwareupdate.enforcement.specific"

_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_VERSION = re.compile(r"\d+(\.\d+){0,2}", re.ASCII)
_NO_KEY = "is not a known key"
# A key that the system has not heard of yet, or no longer, is as unknown as a misspelt one.
_UNKNOWN_THERE = frozenset({HintKind.NEEDS_NEWER_OS, HintKind.REMOVED})

Payload = Mapping[str, Any]


def refusal_of(declaration: Declaration, device: DeviceTraits) -> Reason | None:
    """Say why a declaration is invalid on a device, or None if it is not."""
    name, payload = declaration.declaration_type, declaration.payload
    is_configuration = declaration.kind == "configuration"
    if not knows(name, device):
        return Reason(NOT_SUPPORTED if is_configuration else UNKNOWN, f"{name} is not supported")
    problems = problems_in(name, payload)
    unknown = [problem.field for problem in problems if problem.problem == _NO_KEY]
    hints = unsupported_on(name, payload, device)
    unknown += [hint.field for hint in hints if hint.kind in _UNKNOWN_THERE]
    if unknown:
        return Reason(UNKNOWN_KEYS, "unknown payload keys", {"UnknownPayloadKeys": unknown})
    words = [f"{problem.field} {problem.problem}" for problem in problems]
    broken = words[0] if words else _RULES.get(name, _no_rule)(payload)
    if broken is None:
        return None
    return Reason(INVALID_CONFIGURATION if is_configuration else INVALID_PAYLOAD, broken)


def _no_rule(payload: Payload) -> str | None:
    return None


def _app(payload: Payload) -> str | None:
    named = [key for key in ("AppStoreID", "BundleID", "ManifestURL") if key in payload]
    if len(named) != 1:
        return "exactly one of AppStoreID, BundleID and ManifestURL is needed"
    if "AppStoreID" in payload and not payload["AppStoreID"].isdecimal():
        return "AppStoreID is no number"
    return None


def _legacy(payload: Payload) -> str | None:
    if ("ProfileURL" in payload) == ("ProfileAssetReference" in payload):
        return "exactly one of ProfileURL and ProfileAssetReference is needed"
    return _https("ProfileURL", payload.get("ProfileURL"))


def _asset(payload: Payload) -> str | None:
    return _https("Reference.DataURL", payload["Reference"]["DataURL"])


def _https(key: str, address: str | None) -> str | None:
    is_safe = address is None or address.startswith("https://")
    return None if is_safe else f"{key} is not https"


def _enforcement(payload: Payload) -> str | None:
    if not _VERSION.fullmatch(payload["TargetOSVersion"]):
        return "TargetOSVersion is no version"
    if not _LOCAL_TIME.fullmatch(payload["TargetLocalDateTime"]):
        return "TargetLocalDateTime is no local time without zone"
    return None


_RULES: Mapping[str, Callable[[Payload], str | None]] = {
    APP: _app,
    LEGACY: _legacy,
    INTERACTIVE: _legacy,
    ENFORCEMENT: _enforcement,
    "com.apple.asset.data": _asset,
    **dict.fromkeys(
        (
            f"com.apple.asset.credential.{kind}"
            for kind in ("acme", "certificate", "identity", "scep", "userpassword")
        ),
        _asset,
    ),
}
