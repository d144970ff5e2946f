"""Our tables of declarations, compared with Apple's schema where a copy of it lies beside us.

The schema of declarations is the release of iPadOS 27.0; differences are named with their reason.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from profiles.declarations.configurations.status_subscriptions import USEFUL_ITEMS
from profiles.schema.declaration_facts import Enrollment
from profiles.schema.declaration_tables import declaration_facts, declaration_types
from profiles.schema.facts import KeyFacts
from profiles.schema.os_version import OsVersion
from tests.profiles.declarations.apple_declarations import (
    SCHEMA,
    documents,
    keys_of,
    of_ipad,
    status_items,
)

pytestmark = pytest.mark.skipif(not SCHEMA.is_dir(), reason="no copy of Apple's schema here")

TYPES = sorted(declaration_types())

# Watches are not for schools; tunnels and sign-in of these kinds go as profiles, which every
# iPad from iPadOS 16 on understands.
LEFT_OUT = {
    "com.apple.configuration.watch.enrollment",
    "com.apple.configuration.extensible-sso",
    "com.apple.configuration.network.vpn.always-on",
    "com.apple.configuration.network.vpn.ikev2",
    "com.apple.configuration.network.vpn.ipsec",
    "com.apple.configuration.network.vpn.vpn-plugin",
}

MERGING = {
    "boolean-or": "true wins",
    "boolean-and": "false wins",
    "number-min": "minimum",
    "number-max": "maximum",
    "set-union": "union",
    "set-intersection": "intersection",
    "array-append": "append",
    "enum-last": "later wins",
    "enum-first": "earlier wins",
    "first": "first wins",
}


def our_keys(declaration_type: str) -> dict[str, KeyFacts]:
    """Path → what our table says."""
    return dict(_paths("", declaration_facts(declaration_type).keys))


def _paths(path: str, keys: Mapping[str, KeyFacts]) -> Iterator[tuple[str, KeyFacts]]:
    for name, facts in keys.items():
        yield path + name, facts
        yield from _inside(path + name, facts)


def _inside(path: str, facts: KeyFacts) -> Iterator[tuple[str, KeyFacts]]:
    if facts.keys is not None:
        yield from _paths(f"{path}.", facts.keys)
    if facts.item is not None:
        yield f"{path}[]", facts.item
        yield from _inside(f"{path}[]", facts.item)


def with_fixed_keys(declaration_type: str) -> dict[str, Mapping[str, Any]]:
    """Apple's keys without those below a key that the author chooses."""
    entries = keys_of(declaration_type)
    return {path: entry for path, entry in entries.items() if "*" not in path.split(".")}


def differences(declaration_type: str, of: Any) -> list[tuple[str, Any, Any]]:
    """Path, ours, theirs, where `of(ours, theirs)` gives two unequal values."""
    theirs = with_fixed_keys(declaration_type)
    pairs = {path: of(ours, theirs[path]) for path, ours in our_keys(declaration_type).items()}
    return [(path, *pair) for path, pair in pairs.items() if pair[0] != pair[1]]


def test_every_declaration_of_an_ipad_has_a_table_or_a_reason() -> None:
    assert documents().keys() == declaration_types() | LEFT_OUT


def test_the_reader_of_the_schema_sees_all_of_it() -> None:
    assert sum(len(with_fixed_keys(name)) for name in TYPES) > 300


@pytest.mark.parametrize("declaration_type", TYPES)
def test_the_keys_are_those_of_the_schema(declaration_type: str) -> None:
    # A folder of bookmarks holds folders without end; four levels are enough.
    theirs = {path for path in with_fixed_keys(declaration_type) if path.count(".Folder") < 4}

    ours = {path for path in our_keys(declaration_type) if path.count(".Folder") < 4}

    assert ours == theirs


@pytest.mark.parametrize("declaration_type", TYPES)
def test_declarations_go_where_the_schema_lets_them(declaration_type: str) -> None:
    payload = documents()[declaration_type]["payload"]
    theirs, facts = of_ipad(payload), declaration_facts(declaration_type)

    everybody = {enrollment.value for enrollment in Enrollment}
    scopes = theirs.get("sharedipad", {}).get("allowed-scopes", [])
    channels = {"system": "device", "user": "user"}
    assert facts.declaration_type == declaration_type
    assert facts.since == OsVersion.parse(theirs["introduced"])
    assert (facts.applying.value if facts.applying else None) == payload.get("apply")
    assert {each.value for each in facts.enrollments} == set(
        theirs.get("allowed-enrollments", everybody)
    )
    if "allowed-enrollments" in theirs:
        listed = scopes if isinstance(scopes, list) else []
        assert {each.value for each in facts.channels} == {channels[scope] for scope in listed}


@pytest.mark.parametrize("declaration_type", TYPES)
def test_kinds_presence_and_values_agree(declaration_type: str) -> None:
    def said(ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[Any, Any]:
        bounds = theirs.get("range", theirs.get("repetition", {}))
        listed = tuple(str(value) for value in theirs.get("rangelist", ()))
        allowed = tuple(str(value) for value in ours.allowed)
        return (
            (ours.kind.value, allowed, ours.minimum, ours.maximum, str(ours.default)),
            (
                theirs["type"].strip("<>"),
                listed,
                bounds.get("min"),
                bounds.get("max"),
                str(theirs.get("default")),
            ),
        )

    assert differences(declaration_type, said) == []


@pytest.mark.parametrize("declaration_type", TYPES)
def test_required_keys_agree(declaration_type: str) -> None:
    theirs = with_fixed_keys(declaration_type)
    needed = {
        path
        for path, entry in theirs.items()
        if entry.get("presence") == "required" and not path.endswith("[]")
    }

    assert {path for path, facts in our_keys(declaration_type).items() if facts.required} == needed


@pytest.mark.parametrize("declaration_type", TYPES)
def test_versions_and_supervision_agree(declaration_type: str) -> None:
    whole = of_ipad(documents()[declaration_type]["payload"])

    def said(ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[Any, Any]:
        own = of_ipad(theirs)
        supervised = own.get("allowed-enrollments") == ["supervised"]
        needed = supervised and whole.get("allowed-enrollments") != ["supervised"]
        own_version = OsVersion.parse(own["introduced"]) if "introduced" in own else ours.since
        removed = OsVersion.parse(own["removed"]) if "removed" in own else None
        return (
            (ours.since, ours.removed, ours.supervised_since is not None),
            (own_version, removed, needed),
        )

    assert differences(declaration_type, said) == []


@pytest.mark.parametrize("declaration_type", TYPES)
def test_rules_of_combining_and_references_agree(declaration_type: str) -> None:
    theirs, facts = keys_of(declaration_type), declaration_facts(declaration_type)

    combining = {p: MERGING[e["combinetype"]] for p, e in theirs.items() if "combinetype" in e}
    references = {p: set(e["assettypes"]) for p, e in theirs.items() if "assettypes" in e}
    assert {path: rule.value for path, rule in facts.merging.items()} == combining
    assert {path: set(types) for path, types in facts.references.items()} == references


@pytest.mark.parametrize("declaration_type", TYPES)
def test_orders_of_values_agree(declaration_type: str) -> None:
    chosen = keys_of(declaration_type).keys() - with_fixed_keys(declaration_type).keys()

    orders = {
        path: tuple(entry["rangelist"])
        for path, entry in keys_of(declaration_type).items()
        if path in chosen and "rangelist" in entry
    }
    assert declaration_facts(declaration_type).orders == orders


def test_useful_status_items_are_as_old_as_the_schema_says() -> None:
    theirs = {
        name: OsVersion.parse(of_ipad(status_items()[name]["payload"])["introduced"])
        for name in USEFUL_ITEMS
    }

    assert theirs == USEFUL_ITEMS
