"""The catalogue, compared with Apple's schema where a copy of it lies beside the project.

The schema is older than iPadOS 26; every difference is named here with its reason.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from profiles.commands.catalogue import CATALOGUE
from profiles.commands.device_queries import DEVICE_QUERIES, MAC_ONLY_QUERIES
from profiles.commands.parameters import Kind, Parameter
from profiles.commands.settings_items import SETTINGS_ITEMS
from profiles.commands.specification import CommandSpec
from profiles.commands.vocabulary import AccessRight, Channel, SharedIpad
from profiles.schema.os_version import OsVersion
from tests.profiles.apple_yaml import load

SCHEMA = Path(__file__).parents[3] / "shared" / "apple-schema" / "mdm" / "commands"
NOT_AVAILABLE = "n/a"

# Came after the schema.
NEWER = {"TriggerEnhancedLogCollection", "CancelEnhancedLogCollection"}
# Ended with iOS 6.
DEAD = {"RequestUnlockToken"}
# Removed in iOS 5.
DEAD_QUERIES = {"SIMCarrierNetwork"}
# The snapshot forbids it on Shared iPad, later documentation sends it on the user channel.
MOVED_ITEMS = {"DefaultApplications"}

KINDS = {
    "<string>": Kind.STRING,
    "<integer>": Kind.INTEGER,
    "<boolean>": Kind.BOOLEAN,
    "<data>": Kind.DATA,
    "<array>": Kind.ARRAY,
    "<dictionary>": Kind.DICTIONARY,
}
VALUE_TYPES = {
    "<string>": "text",
    "<integer>": "integer",
    "<real>": "real",
    "<boolean>": "boolean",
    "<date>": "date",
    "<data>": "data",
    "<array>": "array",
    "<dictionary>": "dict",
}

pytestmark = pytest.mark.skipif(not SCHEMA.is_dir(), reason="no copy of Apple's schema here")


def documents() -> dict[str, Mapping[str, Any]]:
    """RequestType → document, for everything in the schema."""
    found = [load(path) for path in sorted(SCHEMA.glob("*.yaml"))]
    return {document["payload"]["requesttype"]: document for document in found}


DOCUMENTS = documents() if SCHEMA.is_dir() else {}
SHARED_WITH_APPLE = sorted(set(DOCUMENTS) & set(CATALOGUE))

each_command = pytest.mark.parametrize("request_type", SHARED_WITH_APPLE)


def system(entry: Mapping[str, Any], name: str = "iOS") -> Mapping[str, Any]:
    return entry.get("supportedOS", {}).get(name, {})  # type: ignore[no-any-return]


def introduced(entry: Mapping[str, Any], name: str = "iOS") -> str | None:
    found = system(entry, name).get("introduced")
    return None if found is None else str(found)


def optional_version(text: str | None) -> OsVersion | None:
    return None if text in (None, NOT_AVAILABLE) else OsVersion.parse(str(text))


def right(text: str | None) -> AccessRight:
    words = {name.replace("_", ""): bit for name, bit in AccessRight.__members__.items()}
    return words.get((text or "").upper(), AccessRight.NONE)


def pairs(
    entries: list[dict[str, Any]], parameters: tuple[Parameter, ...], path: str
) -> Iterator[tuple[str, Mapping[str, Any], Parameter | None]]:
    """Apple's entry beside ours, by path; items of arrays and of Settings are compared too."""
    ours = {parameter.key: parameter for parameter in parameters}
    for entry in entries:
        mine = ours.get(entry["key"])
        where = f"{path}.{entry['key']}"
        yield where, entry, mine
        if mine is not None and entry.get("subkeys"):
            yield from inside(entry["subkeys"], mine, where)


def inside(
    entries: list[dict[str, Any]], mine: Parameter, path: str
) -> Iterator[tuple[str, Mapping[str, Any], Parameter | None]]:
    if mine.is_open or mine.is_mac_only:
        return
    if mine.item is None:
        yield from pairs(without_item(entries), mine.keys, path)
    elif mine.item.variants:
        yield from pairs(entries, mine.item.variants, path)
    elif mine.key != "Queries":
        yield f"{path}[]", entries[0], mine.item
        yield from pairs(entries[0].get("subkeys", []), mine.item.keys, f"{path}[]")


def without_item(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["key"] != "Item"]


def all_pairs(request_type: str) -> list[tuple[str, Mapping[str, Any], Parameter | None]]:
    entries = DOCUMENTS[request_type].get("payloadkeys", [])
    return list(pairs(entries, CATALOGUE[request_type].parameters, request_type))


def test_the_catalogue_has_exactly_what_apple_gives_ipads() -> None:
    for_ipads = {
        name for name, entry in DOCUMENTS.items() if introduced(entry["payload"]) != NOT_AVAILABLE
    }

    assert set(CATALOGUE) == (for_ipads - DEAD) | NEWER


@each_command
def test_a_command_asks_of_the_device_what_apple_says(request_type: str) -> None:
    payload = DOCUMENTS[request_type]["payload"]
    ios = system(payload)
    spec = CATALOGUE[request_type]

    assert spec.minimum_ios == optional_version(introduced(payload))
    assert spec.minimum_tvos == optional_version(introduced(payload, "tvOS"))
    assert spec.supervised == ios["supervised"]
    assert spec.ade_only == ios["requiresdep"]
    assert spec.user_enrollment == (ios["userenrollment"]["mode"] == "allowed")
    assert spec.access_right == right(ios.get("accessrights"))


@each_command
def test_a_command_goes_to_the_channels_that_apple_says(request_type: str) -> None:
    shared = system(DOCUMENTS[request_type]["payload"])["sharedipad"]
    spec = CATALOGUE[request_type]

    assert _shared_ipad(spec) == shared["mode"]
    if shared["mode"] != "forbidden":
        assert (Channel.DEVICE in spec.channels) == shared["devicechannel"]
        assert (Channel.USER in spec.channels) == shared["userchannel"]


def _shared_ipad(spec: CommandSpec) -> str:
    # Only Shared iPads have a user channel, so a command for it alone needs one.
    if spec.request_type == "UserConfigured":
        return SharedIpad.ALLOWED.value
    return spec.shared_ipad.value


@each_command
def test_every_key_is_described_with_apples_kind_and_presence(request_type: str) -> None:
    for path, entry, mine in all_pairs(request_type):
        assert mine is not None, path
        assert mine.is_mac_only == (introduced(entry) == NOT_AVAILABLE), path
        assert mine.kind is KINDS[entry["type"]], path
        if not mine.is_mac_only and not path.endswith("]"):
            # Apple calls it optional; without it the item says nothing.
            is_exempt = path == "Settings.Settings.OrganizationInfo.OrganizationInfo"
            assert mine.required == (entry["presence"] == "required") or is_exempt, path


@each_command
def test_every_key_begins_with_the_system_that_apple_names(request_type: str) -> None:
    spec = CATALOGUE[request_type]
    for path, entry, mine in all_pairs(request_type):
        if mine is None or mine.is_mac_only:
            continue
        since = optional_version(introduced(entry))
        assert (mine.demand.since or spec.minimum_ios) >= (since or spec.minimum_ios), path
        assert since is None or mine.demand.since == since, path
        if introduced(entry, "tvOS") == NOT_AVAILABLE and spec.minimum_tvos is not None:
            assert not mine.demand.on_tvos, path


@each_command
def test_every_choice_of_apples_is_known(request_type: str) -> None:
    for path, entry, mine in all_pairs(request_type):
        if mine is None or mine.is_mac_only or "rangelist" not in entry:
            continue
        if mine.choices:
            assert {*mine.choices, *mine.mac_only_choices} == set(entry["rangelist"]), path
        else:
            numbers = entry["rangelist"]
            assert (mine.at_least, mine.at_most) == (min(numbers), max(numbers)), path


def test_settings_items_ask_what_apple_says() -> None:
    (settings,) = DOCUMENTS["Settings"]["payloadkeys"]
    ours = {item.key: item for item in SETTINGS_ITEMS}

    for entry in settings["subkeys"]:
        ios, demand = system(entry), ours[entry["key"]].demand
        assert demand.supervised == ios.get("supervised", False) or entry["key"] in MOVED_ITEMS
        assert demand.deprecated_in == optional_version(ios.get("deprecated")), entry["key"]
        is_required = ios.get("sharedipad", {}).get("mode") == "required"
        assert (demand.shared_ipad is SharedIpad.REQUIRED) == is_required, entry["key"]


def test_every_query_of_apples_is_known_with_its_kind() -> None:
    document = DOCUMENTS["DeviceInformation"]
    (queries,) = document["payloadkeys"][0]["subkeys"]
    answers = {entry["key"]: entry for entry in _responses(document)}

    for entry in queries["subkeys"]:
        name = entry["key"]
        for_ipads = introduced(entry) != NOT_AVAILABLE
        for_tvs = introduced(entry, "tvOS") not in (None, NOT_AVAILABLE)
        if name in DEAD_QUERIES:
            continue
        if not for_ipads and not for_tvs:
            assert name in MAC_ONLY_QUERIES
            continue
        assert DEVICE_QUERIES[name].value_type.value == VALUE_TYPES[answers[name]["type"]], name


def test_every_query_is_for_the_systems_that_apple_names() -> None:
    (queries,) = DOCUMENTS["DeviceInformation"]["payloadkeys"][0]["subkeys"]

    for entry in queries["subkeys"]:
        mine = DEVICE_QUERIES.get(entry["key"])
        if mine is None:
            continue
        ios, tvos = system(entry), introduced(entry, "tvOS")
        assert mine.minimum_ios == optional_version(introduced(entry) or "4.0"), mine.name
        assert mine.minimum_tvos == optional_version(tvos or "9.0"), mine.name
        assert (
            mine.user_enrollment
            == (ios.get("userenrollment", {}).get("mode", "allowed") == "allowed")
            or mine.minimum_ios is None
        ), mine.name
        assert mine.deprecated_in == optional_version(ios.get("deprecated")), mine.name


def _responses(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    (responses,) = (key for key in document["responsekeys"] if key["key"] == "QueryResponses")
    return responses["subkeys"]  # type: ignore[no-any-return]
