"""The packaged tables of facts: one TOML file per payload type, read once.

A file says `payload` (its type), `multiple`, `channels`, `since` or `apple_tv` or both, and
where they apply the other fields of PayloadFacts. With `extends` it has the keys of another type
as well. Keys stand in `[keys]`, or in `[[groups]]` whose other fields every key of the group
inherits. Words of a key:

    kind              as in ValueKind
    required          true when the payload is refused without it
    default           what devices assume without it
    allowed           the only values; minimum and maximum: bounds of a number or of a length
    pattern           regular expression for the whole text, or UUID
    item, keys        the elements of an array; the known keys of a dictionary
    since, deprecated, removed    versions of iPadOS
    supervised        true, or the version from which supervision is needed
    shared_ipad       allowed, ignored or forbidden
    user_enrollment   false when a privately owned iPad refuses the key
    combining         as in Combining
    replacement       the key or declaration that takes its place
    shape             words and keys that it shares with others, from `[shapes]` of the same file

Not here: what the facts mean for content (profiles.schema.reader, profiles.schema.hints).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from profiles.errors import InvalidPayload
from profiles.schema.facts import (
    Channel,
    Coexistence,
    Combining,
    KeyFacts,
    OnSharedIpad,
    PayloadFacts,
    ValueKind,
)
from profiles.schema.os_version import OsVersion
from profiles.schema.shapes import shaped

_UUID = "-".join(f"[0-9A-Za-z]{{{length}}}" for length in (8, 4, 4, 4, 12))
_VERSIONS = ("since", "deprecated", "removed")
_AS_WRITTEN = (
    "required",
    "default",
    "minimum",
    "maximum",
    "user_enrollment",
    "replacement",
)


@cache
def payload_types() -> frozenset[str]:
    """Name every payload type that has a table."""
    tables = files("profiles.schema").iterdir()
    return frozenset(
        table.name.removesuffix(".toml") for table in tables if table.name.endswith(".toml")
    )


@cache
def facts_of(payload_type: str) -> PayloadFacts:
    """Give the facts about one payload type.

    raises: InvalidPayload when there is no table for it.
    """
    if payload_type not in payload_types():
        raise InvalidPayload(
            "PayloadType", "this type of payload is not known", "use one of the supported payloads"
        )
    text = files("profiles.schema").joinpath(f"{payload_type}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return _payload(shaped(table, table.get("shapes", {})))


def keys_of(table: Mapping[str, Any], since: OsVersion | None) -> dict[str, KeyFacts]:
    """Read the keys of a written table, those in groups too.

    since: holds for every key that says nothing itself.
    """
    rows = dict(table.get("keys", {}))
    for group in table.get("groups", ()):
        common = {word: value for word, value in group.items() if word != "keys"}
        rows |= {name: common | row for name, row in group["keys"].items()}
    return {name: _key(name, row, since) for name, row in rows.items()}


def _payload(table: Mapping[str, Any]) -> PayloadFacts:
    since = _version(table, "since")
    inherited = facts_of(table["extends"]).keys if "extends" in table else {}
    return PayloadFacts(
        payload_type=table["payload"],
        since=since,
        multiple=table["multiple"],
        channels=frozenset(Channel(name) for name in table["channels"]),
        keys={**inherited, **keys_of(table, since)},
        supervised=table.get("supervised", False),
        user_enrollment=table.get("user_enrollment", True),
        apple_tv=_version(table, "apple_tv"),
        deprecated=_version(table, "deprecated"),
        mdm_only=table.get("mdm_only", False),
        coexistence=_coexistence(table),
        refused_with=table.get("refused_with"),
        distinct_by=table.get("distinct_by"),
        excludes=frozenset(table.get("excludes", ())),
    )


def _coexistence(table: Mapping[str, Any]) -> Coexistence:
    if not table["multiple"]:
        return Coexistence.SINGLE
    return Coexistence(table.get("coexistence", Coexistence.SIDE_BY_SIDE.value))


def _version(row: Mapping[str, Any], word: str) -> OsVersion | None:
    return OsVersion.parse(row[word]) if word in row else None


def _key(name: str, row: Mapping[str, Any], since: OsVersion | None) -> KeyFacts:
    words: dict[str, Any] = {word: row[word] for word in _AS_WRITTEN if word in row}
    words |= {word: OsVersion.parse(row[word]) for word in _VERSIONS if word in row}
    introduced: OsVersion | None = words.setdefault("since", since)
    return KeyFacts(
        name=name,
        kind=ValueKind(row["kind"]),
        allowed=tuple(row.get("allowed", ())),
        pattern=_UUID if row.get("pattern") == "UUID" else row.get("pattern"),
        item=_key(name, row["item"], introduced) if "item" in row else None,
        keys=keys_of(row, introduced) if "keys" in row else None,
        supervised_since=_supervised_since(row.get("supervised", False), introduced),
        shared_ipad=OnSharedIpad(row.get("shared_ipad", "allowed")),
        combining=Combining(row["combining"]) if "combining" in row else None,
        **words,
    )


def _supervised_since(written: bool | str, introduced: OsVersion | None) -> OsVersion | None:
    if isinstance(written, str):
        return OsVersion.parse(written)
    return introduced if written else None
