"""Our tables of facts, compared with Apple's schema where a copy of it lies beside the project.

The schema is the release of iPadOS 18.3; every difference is named here with its reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
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
    "wifi.managed/EAPClientConfiguration.SystemModeCredentialsSource",
    "wifi.managed/EAPClientConfiguration.SystemModeUseOpenDirectoryCredentials",
}

# Apple's data allow any number, or any in a range; its documentation lists those with a meaning.
# Or the data name a kind, and the documentation the values or the sizes.
TIGHTER_THAN_THE_SCHEMA = {
    "apn.managed/DefaultsData.apns[].proxyPort",
    "caldav.account/CalDAVPort",
    "carddav.account/CardDAVPort",
    "cellular/APNs[].ProxyPort",
    "domains/CrossSiteTrackingPreventionRelaxedDomains",
    "education/Groups[].BeaconID",
    "mail.managed/IncomingMailServerPortNumber",
    "mail.managed/OutgoingMailServerPortNumber",
    "mdm/AccessRights",
    "mdm/RequiredAppIDForMDM",
    "mobiledevice.passwordpolicy/maxGracePeriod",
    "proxy.http.global/ProxyServerPort",
    "security.acme/KeySize",
    "security.acme/UsageFlags",
    "security.scep/PayloadContent.Key Usage",
    "security.scep/PayloadContent.Retries",
    "security.scep/PayloadContent.RetryDelay",
    "vpn.managed/PPP.AuthEAPPlugins",
    "vpn.managed/PPP.AuthProtocol",
    # A transparent proxy is for computers.
    "vpn.managed/VPNType",
    "wifi.managed/EAPClientConfiguration.AcceptEAPTypes",
}

# The documentation says that a list of texts is accepted too.
WIDER_THAN_THE_SCHEMA = {
    f"security.scep/PayloadContent.SubjectAltName.{name}"
    for name in ("rfc822Name", "dNSName", "uniformResourceIdentifier", "ntPrincipalName")
}

# What the documentation of a key says, and the data do not.
IGNORED_ON_SHARED_IPAD = {"applicationaccess/allowPasscodeModification"}
SUPERVISED_BY_DOCUMENTATION = {
    "dnsSettings.managed/ProhibitDisablement",
    "vpn.managed/AlwaysOn",
    "webcontent-filter/AllowListBookmarks",
    "webcontent-filter/AutoFilterEnabled",
    "webcontent-filter/BlacklistedURLs",
    "webcontent-filter/DenyListURLs",
    "webcontent-filter/HideDenyListURLs",
    "webcontent-filter/PermittedURLs",
    "webcontent-filter/WhitelistedBookmarks",
}
OPTIONAL_BY_DOCUMENTATION = {"education/UserIdentifier"}
ONLY_IN_THE_DOCUMENTATION = {
    "extensiblesso/TeamIdentifier",
    "vpn.managed/VPN.RemoteAddress",
    "vpn.managed/VPN.AuthName",
    "vpn.managed/VPN.AuthPassword",
}
# The keys of IKEv2 stand in each tunnel as well; the old name of a list is an alias of the new.
REPEATED = ("vpn.managed/AlwaysOn.TunnelConfigurations[].", "airplay/Whitelist[].")

# Dictionaries whose keys belong to somebody's app: the schema gives examples, we take them all.
FOR_APPS = {"vpn.managed/VendorConfig"}

pytestmark = pytest.mark.skipif(not SCHEMA.is_dir(), reason="no copy of Apple's schema here")


def document(payload_type: str) -> Any:
    """The schema's file about a payload type."""
    return load(SCHEMA / f"{payload_type}.yaml")


@cache
def apple_keys(payload_type: str) -> dict[str, Mapping[str, Any]]:
    """Short type and path of the key → its entry, for all keys that exist on the platform."""
    entries = document(payload_type)["payloadkeys"]
    platform, own = _platform(payload_type)
    walk = _Walk(platform, _shapes(entries))
    return dict(walk.entries(f"{_short(payload_type)}/", entries, own["introduced"]))


def _platform(payload_type: str) -> tuple[str, Mapping[str, Any]]:
    supported = document(payload_type)["payload"]["supportedOS"]
    on_ipad = supported["iOS"]["introduced"] != "n/a"
    platform = "iOS" if on_ipad else "tvOS"
    return platform, supported[platform]


def _short(payload_type: str) -> str:
    return payload_type.removeprefix("com.apple.")


def _shapes(entries: list[Any]) -> dict[str, Mapping[str, Any]]:
    """Name → the first entry that says what others only name in `subkeytype`."""
    found: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        if isinstance(entry, Mapping) and isinstance(entry.get("subkeys"), list):
            found = {**_shapes(entry["subkeys"]), **found, entry["key"]: entry}
            found.setdefault(entry.get("subkeytype", entry["key"]), entry)
    return found


@dataclass(frozen=True)
class _Walk:
    platform: str
    shapes: Mapping[str, Mapping[str, Any]]

    def entries(
        self, path: str, entries: list[Any], introduced: str
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for entry in entries:
            if not isinstance(entry, Mapping) or entry["key"] == "ANY":
                continue
            own = entry.get("supportedOS", {}).get(self.platform, {})
            since = own.get("introduced", introduced)
            if since != "n/a":
                yield path + entry["key"], {**entry, "iOS": {**own, "introduced": since}}
                yield from self.inside(path + entry["key"], entry, since)

    def inside(
        self, path: str, entry: Mapping[str, Any], introduced: str
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        own = entry.get("supportedOS", {}).get(self.platform, {})
        since = own.get("introduced", introduced)
        if entry["type"] == "<dictionary>" and path not in FOR_APPS:
            yield from self.entries(f"{path}.", self._subkeys(entry), since)
        elif entry["type"] == "<array>":
            for element in self._subkeys(entry)[:1]:
                yield from self.inside(f"{path}[]", element, since)

    def _subkeys(self, entry: Mapping[str, Any]) -> list[Any]:
        subkeys = entry.get("subkeys")
        if isinstance(subkeys, list):
            return subkeys
        shape = self.shapes.get(entry.get("subkeytype", ""))
        if shape is None:
            return []
        return [shape] if entry["type"] == "<array>" else list(shape["subkeys"])


@cache
def our_keys(payload_type: str) -> dict[str, KeyFacts]:
    """Short type and path of the key → what our table says, inside dictionaries and lists too.

    Without the keys that one type has from another.
    """
    keys = facts_of(payload_type).keys
    inherited = facts_of(INHERITED[payload_type]).keys if payload_type in INHERITED else {}
    own = {name: facts for name, facts in keys.items() if name not in inherited}
    return dict(_paths(f"{_short(payload_type)}/", own))


INHERITED = {"com.apple.vpn.managed.applayer": "com.apple.vpn.managed"}


def _paths(path: str, keys: Mapping[str, KeyFacts]) -> Iterator[tuple[str, KeyFacts]]:
    for name, facts in keys.items():
        yield path + name, facts
        yield from _inside(path + name, facts)


def _inside(path: str, facts: KeyFacts) -> Iterator[tuple[str, KeyFacts]]:
    if facts.keys:
        yield from _paths(f"{path}.", facts.keys)
    elif facts.item is not None:
        yield from _inside(f"{path}[]", facts.item)


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
    assert len(pairs()) > 700


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
        if path not in theirs | dict.fromkeys(ONLY_IN_THE_DOCUMENTATION)
        and not path.startswith(REPEATED)
        and (facts.since is None or facts.since < SNAPSHOT)
    ]

    assert early == []


@pytest.mark.parametrize("payload_type", sorted(payload_types()))
def test_payloads_go_where_the_schema_lets_them(payload_type: str) -> None:
    _, theirs = _platform(payload_type)
    facts = facts_of(payload_type)

    shared = theirs.get("sharedipad", {})
    channels = {channel for channel in ("device", "user") if shared.get(f"{channel}channel")}

    assert facts.payload_type == payload_type
    assert facts.multiple == theirs["multiple"]
    assert facts.supervised == theirs.get("supervised", False)
    assert facts.mdm_only == (not theirs.get("allowmanualinstall", True))
    assert {channel.value for channel in facts.channels} == channels


@pytest.mark.parametrize("payload_type", sorted(payload_types()))
def test_payloads_are_as_old_as_the_schema_says(payload_type: str) -> None:
    supported = document(payload_type)["payload"]["supportedOS"]
    facts = facts_of(payload_type)

    enrollment = supported["iOS"].get("userenrollment", {}).get("mode", "allowed")

    assert facts.since == _first(supported["iOS"])
    assert facts.apple_tv == _first(supported.get("tvOS", {}))
    assert facts.deprecated == _version(supported["iOS"].get("deprecated"))
    assert facts.user_enrollment == (enrollment != "forbidden")


def test_kinds_of_values_agree() -> None:
    def kinds(path: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[str, str]:
        kind = ours.kind.value
        if path in WIDER_THAN_THE_SCHEMA:
            assert ours.kind is ValueKind.STRING_OR_STRINGS
            kind = "string"
        return kind, theirs["type"].strip("<>")

    assert differences(kinds) == []


def test_required_keys_and_defaults_agree() -> None:
    def presence(path: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[Any, Any]:
        required = theirs.get("presence") == "required" and path not in OPTIONAL_BY_DOCUMENTATION
        return (ours.required, ours.default), (required, _default(ours, theirs))

    assert differences(presence) == []


def test_elements_of_lists_agree() -> None:
    def elements(_: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[Any, Any]:
        if ours.kind is not ValueKind.ARRAY or not isinstance(theirs.get("subkeys"), list):
            return None, None
        assert ours.item is not None
        element = theirs["subkeys"][0]
        allowed = tuple(element.get("rangelist", ours.item.allowed))
        return (ours.item.kind.value, ours.item.allowed), (element["type"].strip("<>"), allowed)

    assert differences(elements) == []


def test_values_and_ranges_agree() -> None:
    def values(path: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[Any, Any]:
        bounds = theirs.get("range", {})
        within = (bounds.get("min"), bounds.get("max"))
        listed = tuple(theirs.get("rangelist", ()))
        if path in TIGHTER_THAN_THE_SCHEMA:
            return None, None
        if bounds and ours.allowed:
            return (min(ours.allowed), max(ours.allowed)), within
        spelled = tuple(str(value) for value in ours.allowed)
        return (spelled, ours.minimum, ours.maximum), (tuple(map(str, listed)), *within)

    assert differences(values) == []


def test_versions_agree_up_to_the_snapshot() -> None:
    def versions(_: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[Any, Any]:
        names = ("introduced", "deprecated", "removed")
        known = (ours.since, *(_if_known(v) for v in (ours.deprecated, ours.removed)))
        apples = tuple(_version(theirs["iOS"].get(name)) for name in names)
        # Of a payload for Apple TV our tables tell the version of the whole.
        return known, apples if ours.since is not None else known

    assert differences(versions) == []


def test_supervision_agrees() -> None:
    def supervision(path: str, ours: KeyFacts, theirs: Mapping[str, Any]) -> tuple[bool, bool]:
        needed = theirs["iOS"].get("supervised", False) or path in SUPERVISED_BY_DOCUMENTATION
        return ours.supervised_since is not None, needed

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


def _first(supported: Mapping[str, Any]) -> OsVersion | None:
    introduced = supported.get("introduced", "n/a")
    return None if introduced == "n/a" else OsVersion.parse(introduced)


def _version(text: object) -> OsVersion | None:
    return None if text is None else OsVersion.parse(str(text))


def _if_known(version: OsVersion | None) -> OsVersion | None:
    return version if version is not None and version <= SNAPSHOT else None
