"""What is explained about one iPad, as a document for programs. Its keys are stable."""

from dataclasses import asdict
from typing import Any

from mdm.rooms.compliance.explaining import DeviceStory, UnknownTo
from mdm.rooms.compliance.origins import Origin
from policies.conflicts import Conflict
from policies.explain import subject_in_plan
from policies.explanation import Explanation, Waiting
from policies.hidden_settings import wish_hides_settings
from policies.scope import Scope
from policies.wishes import (
    AbsentApp,
    AbsentProfile,
    WantedApp,
    WantedDeclaration,
    WantedName,
    WantedOsVersion,
    WantedProfile,
    Wish,
)
from policies.wording import describe_action

_KINDS = {
    WantedProfile: "profile",
    WantedApp: "app",
    WantedDeclaration: "declaration",
    WantedName: "device_name",
    WantedOsVersion: "os_version",
    AbsentProfile: "no_profile",
    AbsentApp: "no_app",
}


def document(told: DeviceStory) -> dict[str, Any]:
    """Everything that is wished for an iPad; instants as they are, for the printer of JSON."""
    explained, reasons = told.explained, told.outcome.reasons
    return {
        "at": told.at,
        "wished_since": told.wished_since,
        "judged_at": told.judged_at,
        "outcome": told.outcome.kind.value,
        "in_the_way": [{"kind": one.kind, "subject": one.subject} for one in reasons],
        "held": None if explained.held is None else explained.held.value,
        "settings": [_setting(told, one) for one in explained.explanations],
        "leaving": [
            {"action": describe_action(step.action), "reason": step.reason.key.value}
            for step in explained.leaving
        ],
    }


def _setting(told: DeviceStory, one: Explanation) -> dict[str, Any]:
    subject = subject_in_plan(one.wish)
    return {
        "kind": _KINDS[type(one.wish)],
        "subject": subject,
        **_details(one.wish),
        "reason": one.wish.reason.key.value,
        "scope": _scope(told, one.wish.reason.scope),
        "since": one.wish.reason.since,
        "origin": _origin(told.origins.get(one.wish)),
        "state": one.state.value,
        "proven_at": one.proven_at,
        "waiting": [_waiting(waiting) for waiting in one.waiting],
        "overrides": [_conflict(told, conflict) for conflict in one.overrides],
        "disputed": [_conflict(told, conflict) for conflict in one.disputed],
        "refusal": None if one.refusal is None else one.refusal.value,
        "codes": list(one.codes),
        "hides_settings_app": wish_hides_settings(one.wish),
        "unknown_keys": [_unknown(key) for key in told.unknown.get(subject, ())],
    }


def _details(wish: Wish) -> dict[str, Any]:
    match wish:
        case WantedProfile():
            return {"version": wish.version, "delivery": wish.delivery.value}
        case WantedApp():
            return {"required": wish.required}
        case WantedDeclaration():
            return {"type": wish.declaration_type}
        case WantedOsVersion():
            return {"version": wish.version, "deadline": wish.deadline}
        case WantedName():
            return {"name": wish.name}
        case _:
            return {}


def _scope(told: DeviceStory, scope: Scope) -> dict[str, Any]:
    return {"kind": scope.kind.value, "name": scope.name, "title": told.names.get(scope)}


def _origin(found: Origin | None) -> dict[str, Any] | None:
    """None for a rule that is gone from the table."""
    return None if found is None else asdict(found)


def _waiting(waiting: Waiting) -> dict[str, Any]:
    condition = waiting.condition
    return {
        "kind": waiting.kind.value,
        "until": waiting.until,
        "condition": None if condition is None else condition.kind.value,
        "subject": None if condition is None else condition.subject,
    }


def _conflict(told: DeviceStory, conflict: Conflict) -> dict[str, Any]:
    return {
        "subject": conflict.subject,
        "field": conflict.field,
        "value": conflict.value,
        "because": conflict.because.value,
        "winner": _scope(told, conflict.winner.reason.scope),
        "loser": _scope(told, conflict.loser.reason.scope),
        "loser_since": conflict.loser.reason.since,
        "loser_origin": _origin(told.origins.get(conflict.loser)),
    }


def _unknown(key: UnknownTo) -> dict[str, Any]:
    version = key.hint.version
    return {
        "payload_type": key.part,
        "key": key.hint.field,
        "why": key.hint.kind.value,
        "version": None if version is None else str(version),
    }
