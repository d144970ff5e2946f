"""Classes and people as keys of the education payload.

Here: writing. Not here: the lists and their rules (profiles.payloads.class_roster).
"""

from __future__ import annotations

from typing import Any

from profiles.payloads.class_roster import Person, Roster, SchoolClass
from profiles.payloads.stating import stated
from profiles.variables import literal


def roster_keys(roster: Roster) -> dict[str, Any]:
    """Write the lists; required ones even when they are empty."""
    keys: dict[str, Any] = {
        "Groups": [
            {"MemberIdentifiers": [], **_literal(_class(group))} for group in roster.classes
        ],
        "Users": [_literal(_person(person)) for person in roster.people],
    }
    if roster.device_groups:
        keys["DeviceGroups"] = [
            _literal({"Identifier": one.identifier, "Name": one.name})
            | {"SerialNumbers": list(one.serials)}
            for one in roster.device_groups
        ]
    return keys


def _class(group: SchoolClass) -> dict[str, Any]:
    return {
        "BeaconID": group.beacon_id,
        "Name": group.name,
        "Description": group.description,
        "LeaderIdentifiers": group.leaders,
        "MemberIdentifiers": group.members,
        "DeviceGroupIdentifiers": group.device_groups,
    }


def _person(person: Person) -> dict[str, Any]:
    return {
        "Identifier": person.identifier,
        "Name": person.name,
        "GivenName": person.given_name,
        "FamilyName": person.family_name,
        "ImageURL": person.image_url,
        "AppleID": person.apple_account,
        "PasscodeType": person.passcode,
    }


def _literal(keys: dict[str, Any]) -> dict[str, Any]:
    return {key: _as_typed(value) for key, value in stated(keys).items()}


def _as_typed(value: Any) -> Any:
    if isinstance(value, str):
        return literal(value)
    return [literal(entry) for entry in value] if isinstance(value, list) else value
