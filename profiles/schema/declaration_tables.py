"""The packaged tables of declarations: one TOML file per type, read once.

A file says `declaration` (its type) and `since`, and for configurations `apply`, `enrollments`
and `shared_ipad` (the channels that take it there). `any_key` is true when the author chooses the
keys. `[combining]`, `[references]` and `[orders]` are as in DeclarationFacts. The words of
`[keys]` are those of payloads (profiles.schema.tables), except `combining`, which stands in its
own section here.

Not here: what the facts mean for a declaration (profiles.schema.declaration_reader).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from profiles.errors import InvalidPayload
from profiles.schema import tables
from profiles.schema.declaration_facts import Applying, DeclarationFacts, Enrollment, Merging
from profiles.schema.facts import Channel
from profiles.schema.os_version import OsVersion

_FOLDER = "declarations"


@cache
def declaration_types() -> frozenset[str]:
    """Name every type of declaration that has a table."""
    folder = files("profiles.schema").joinpath(_FOLDER).iterdir()
    return frozenset(
        table.name.removesuffix(".toml") for table in folder if table.name.endswith(".toml")
    )


@cache
def declaration_facts(declaration_type: str) -> DeclarationFacts:
    """Give the facts about one type.

    raises: InvalidPayload when there is no table for it.
    """
    if declaration_type not in declaration_types():
        raise InvalidPayload(
            "Type",
            "this type of declaration is not known",
            "use one of the supported declarations, or a profile",
        )
    table = files("profiles.schema").joinpath(_FOLDER, f"{declaration_type}.toml")
    return _facts(tomllib.loads(table.read_text(encoding="utf-8")))


def _facts(table: Mapping[str, Any]) -> DeclarationFacts:
    since = OsVersion.parse(table["since"])
    everybody = [enrollment.value for enrollment in Enrollment]
    everywhere = [channel.value for channel in Channel]
    return DeclarationFacts(
        declaration_type=table["declaration"],
        since=since,
        # The words of a key are read in one place, whatever the key belongs to.
        keys=tables.keys_of(table, since),
        applying=Applying(table["apply"]) if "apply" in table else None,
        enrollments=frozenset(map(Enrollment, table.get("enrollments", everybody))),
        channels=frozenset(map(Channel, table.get("shared_ipad", everywhere))),
        any_key=table.get("any_key", False),
        merging={path: Merging(rule) for path, rule in table.get("combining", {}).items()},
        orders={path: tuple(values) for path, values in table.get("orders", {}).items()},
        references={path: frozenset(types) for path, types in table.get("references", {}).items()},
    )
