"""Our tables of facts, compared with Apple's schema where a copy of it lies beside the project.

The schema is the release of iPadOS 18.3; every difference is named here with its reason.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from profiles.schema.facts import KeyFacts, OnSharedIpad, ValueKind
from profiles.schema.os_version import OsVersion
from profiles.schema.tables import facts_of, payload_types
from tests.profiles.apple_yaml import load

SCHEMA = Path(__file__).parents[3] / "shared" / "apple-schema" / "mdm" / "profiles"
SNAPSHOT = OsVersion(18, 3)

# The schema gives them no platform, yet they name directories that only computers join.
FOR_COMPUTERS = {
    "EAPClientConfiguration.SystemModeCredentialsSource",
    "EAPClientConfiguration.SystemModeUseOpenDirectoryCredentials",
}

# Apple's data allow any number in a range, its documentation lists the numbers with a meaning;
# or the data name a kind, and the documentation the values or the sizes.
TIGHTER_THAN_THE_SCHEMA = {
    "AccessRights",
    "KeySize",
    "PayloadContent.Key Usage",
    "PayloadContent.Retries",
    "PayloadContent.RetryDelay",
    "RequiredAppIDForMDM",
    "UsageFlags",
    "EAPClientConfiguration.AcceptEAPTypes",
}

# The documentation says that a list of texts is accepted too.
WIDER_THAN_THE_SCHEMA = {
    f"PayloadContent.SubjectAltName.{name}"
    for name in ("rfc822Name", "dNSName", "uniformResourceIdentifier", "ntPrincipalName")
}

# The data do not say it, the documentation of the key does.
IGNORED_ON_SHARED_IPAD = {"allowPasscodeModification"}

pytestmark = pytest.mark.skipif(not SCHEMA.is_dir(), reason="no copy of Apple's schema here")


def apple_keys(payload_type: str) -> dict[str, Mapping[str, Any]]:
    """Path of the key → its entry, for all keys that exist on iPadOS."""
    document = load(SCHEMA / f"{payload_type}.yaml")
    ios = document["payload"]["supportedOS"]["iOS"]
    return dict(_walk("", document["payloadkeys"], ios))


def _walk(
    path: str, entries: list[dict[str, Any]], inherited: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in entries:
        if not isinstance(entry, Mapping):
            continue
        ios = {**inherited, **entry.get("supportedOS", {}).get("iOS", {})}
        if ios["introduced"] == "n/a":
            continue
        yield path + entry["key"], {**entry, "iOS": ios}
        if entry["type"] == "<dictionary>":
            yield from _walk(f"{path}{entry['key']}.", entry.get("subkeys", []), ios)


def our_keys(payload_type: str) -> dict[str, KeyFacts]:
    """Path of the key → what our table says, for dictionaries in dictionaries too."""
    return dict(_paths("", facts_of(payload_type).keys))


def _paths(path: str, keys: Mapping[str, KeyFacts]) -> Iterator[tuple[str, KeyFacts]]:
    for name, facts in keys.items():
        yield path + name, facts
        if facts.keys:
            yield from _paths(f"{path}{name}.", facts.keys)


def pairs() -> list[tuple[str, KeyFacts, Mapping[str, Any]]]:
    """Every key that both know."""
    found = []
    for payload_type in sorted(payload_types()):
        theirs = apple_keys(payload_type)
        found += [
            (path, facts, theirs[path])
            for path, facts in our_keys(payload_type).items()
            if path in theirs
        ]
    return found


def differences(of: Any) -> list[tuple[str, Any, Any]]:
    """Path, ours, theirs, where `of(path, ours, theirs)` gives two unequal values."""
    found = []
    for path, ours, theirs in pairs():
        mine, apples = of(path, ours, theirs)
        if mine != apples:
            found.append((path, mine, apples))
    return found


def test_the_reader_of_the_schema_sees_all_of_it() -> None:
    assert len(pairs()) > 200


@pytest.mark.parametrize("payload_type", sorted(payload_types()))
def test_every_ipados_key_of_the_schema_is_in_our_table(payload_type: str) -> None:
    missing = apple_keys(payload_type).keys() - our_keys(payload_type).keys()

    assert missing - FOR_COMPUTERS == set()


@pytest.mark.parametrize("payload_type", sorted(payload_types()))
def test_a_key_that_the_schema_lacks_came_after_it(payload_type: str) -> None:
    theirs = apple_keys(payload_type)

    early = [
        path
        for path, facts in our_keys(payload_type).items()
        if path not in theirs and (facts.since is None or facts.since < SNAPSHOT)
    ]

    assert early == []


@pytest.mark.parametrize("payload_type", sorted(payload_types()))
def test_payloads_go_where_the_schema_lets_them(payload_type: str) -> None:
    ios = load(SCHEMA / f"{payload_type}.yaml")["payload"]["supportedOS"]["iOS"]
    facts = facts_of(payload_type)

    channels = {channel.value for channel in facts.channels}

    assert facts.payload_type == payload_type
    assert str(facts.since) == ios["introduced"]
    assert facts.multiple == ios["multiple"]
    assert facts.supervised == ios.get("supervised", False)
    assert facts.user_enrollment == (ios["userenrollment"]["mode"] != "forbidden")
    assert ("device" in channels) == ios["sharedipad"]["devicechannel"]
    assert ("user" in channels) == ios["sharedipad"]["userchannel"]


def test_kinds_of_values_agree() -> None:
    def kinds(path: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[str, str]:
        kind = ours.kind.value
        if path in WIDER_THAN_THE_SCHEMA:
            assert ours.kind is ValueKind.STRING_OR_STRINGS
            kind = "string"
        return kind, theirs["type"].strip("<>")

    assert differences(kinds) == []


def test_required_keys_and_defaults_agree() -> None:
    def presence(_: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[Any, Any]:
        required = theirs.get("presence") == "required"
        return (ours.required, ours.default), (required, _default(ours, theirs))

    assert differences(presence) == []


def test_elements_of_lists_agree() -> None:
    def elements(_: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[Any, Any]:
        if ours.kind is not ValueKind.ARRAY or not isinstance(theirs.get("subkeys"), list):
            return None, None
        assert ours.item is not None
        return ours.item.kind.value, theirs["subkeys"][0]["type"].strip("<>")

    assert differences(elements) == []


def test_values_and_ranges_agree() -> None:
    def values(path: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[Any, Any]:
        bounds = theirs.get("range", {})
        within = (bounds.get("min"), bounds.get("max"))
        listed = tuple(theirs.get("rangelist", ()))
        if path in TIGHTER_THAN_THE_SCHEMA:
            return None, None
        if bounds and ours.allowed:
            return (min(ours.allowed), max(ours.allowed)), within  # type: ignore[type-var]
        spelled = tuple(str(value) for value in ours.allowed)
        return (spelled, ours.minimum, ours.maximum), (tuple(map(str, listed)), *within)

    assert differences(values) == []


def test_versions_agree_up_to_the_snapshot() -> None:
    def versions(_: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[Any, Any]:
        names = ("introduced", "deprecated", "removed")
        known = (ours.since, *(_if_known(v) for v in (ours.deprecated, ours.removed)))
        return known, tuple(_version(theirs["iOS"].get(name)) for name in names)

    assert differences(versions) == []


def test_supervision_agrees() -> None:
    def supervision(_: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[bool, bool]:
        return ours.supervised_since is not None, theirs["iOS"].get("supervised", False)

    assert differences(supervision) == []


def test_user_enrollment_agrees() -> None:
    def enrollment(_: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[bool, bool]:
        mode = theirs["iOS"].get("userenrollment", {}).get("mode", "allowed")
        return ours.user_enrollment, mode != "forbidden"

    assert differences(enrollment) == []


def test_shared_ipad_agrees() -> None:
    def shared(path: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[str, str]:
        if path in IGNORED_ON_SHARED_IPAD:
            return ours.shared_ipad.value, OnSharedIpad.IGNORED.value
        mode = theirs["iOS"].get("sharedipad", {}).get("mode", "allowed")
        return ours.shared_ipad.value, mode

    assert differences(shared) == []


def _default(ours: KeyFacts, theirs: Mapping[str, Any]) -> Any:
    default = theirs.get("default")
    return str(default) if ours.kind is ValueKind.STRING and default is not None else default


def _version(text: object) -> OsVersion | None:
    return None if text is None else OsVersion.parse(str(text))


def _if_known(version: OsVersion | None) -> OsVersion | None:
    return version if version is not None and version <= SNAPSHOT else None
