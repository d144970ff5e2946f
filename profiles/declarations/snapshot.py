"""A set of declarations at one instant: what a channel is told, each answer fitting the others.

Here: the checks that a set needs as a whole, and every document of the protocol from one value.
Not here: which declarations a device should have (policies), keeping snapshots (the package mdm).

What is missing in a manifest a device removes, with apps and accounts. So a snapshot without
declarations exists only when somebody says why.

source: Apple, "Declarative management": manifest, tokens, reasons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from profiles.declarations import activations
from profiles.declarations.declaration import Declaration, manifest_item, with_token
from profiles.declarations.manifest import (
    DeclarationKind,
    Manifest,
    declaration_items_document,
    tokens_document,
)
from profiles.errors import InvalidPayload
from profiles.schema.declaration_reader import references_in
from profiles.schema.reader import Problem


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything one channel is told to have; made by `of` or `nothing`.

    declarations: in the order of their identifiers, without `problems_in`.
    manifest: of exactly these, changed when the set last changed. What it says and the bodies are
        fixed here, so that no answer can differ from another.
    empty_because: why there are none; None, when there are some.
    raises: InvalidPayload.
    """

    declarations: tuple[Declaration, ...]
    changed_at: datetime
    empty_because: str | None = None
    manifest: Manifest = field(init=False, repr=False, compare=False)
    _bodies: Mapping[tuple[DeclarationKind, str], bytes] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        _require_a_reason(self.declarations, self.empty_because)
        _require_an_instant(self.changed_at)
        for problem in problems_in(self.declarations):
            raise InvalidPayload(problem.field, problem.problem, problem.next_step)
        items = tuple(manifest_item(declaration) for declaration in self.declarations)
        object.__setattr__(self, "manifest", Manifest(items, self.changed_at))
        bodies = {
            (item.kind, item.identifier): with_token(declaration, item.server_token)
            for item, declaration in zip(items, self.declarations, strict=True)
        }
        object.__setattr__(self, "_bodies", bodies)

    @classmethod
    def of(cls, declarations: Iterable[Declaration], changed_at: datetime) -> Self:
        """Put declarations together; their order does not matter.

        changed_at: when the set last changed, not when it is asked for; aware.
        raises: InvalidPayload: none at all, an identifier twice, one that names what is not
            there, a payload that is no JSON.
        """
        chosen = sorted(declarations, key=lambda declaration: declaration.identifier)
        return cls(tuple(chosen), changed_at)

    @classmethod
    def nothing(cls, reason: str, changed_at: datetime) -> Self:
        """Tell a device to give up every declaration it has.

        reason: for the record, such as "school left the service".
        raises: InvalidPayload without a reason.
        """
        return cls((), changed_at, reason)

    @property
    def token(self) -> str:
        """The token that tokens, list and command have in common."""
        return self.manifest.declarations_token

    def tokens(self) -> bytes:
        """Write the answer to "tokens", also the content of the command."""
        return tokens_document(self.manifest)

    def items(self) -> bytes:
        """Write the answer to "declaration-items"."""
        return declaration_items_document(self.manifest)

    def body_of(self, kind: DeclarationKind, identifier: str) -> bytes | None:
        """Write the answer to "declaration/<kind>/<identifier>".

        returns: None when it is truly not in this set: only then may a device be told so.
        """
        return self._bodies.get((kind, identifier))


def problems_in(declarations: Sequence[Declaration]) -> list[Problem]:
    """List what keeps declarations from standing together, in the order of the declarations.

    returns: `field` begins with the identifier of the declaration in question, so that a plan can
        leave that one out.
    """
    return [*_twice(declarations), *_missing_configurations(declarations), *_assets(declarations)]


def idle_in(declarations: Sequence[Declaration]) -> tuple[str, ...]:
    """Name the configurations that no activation names: a device fetches them for nothing."""
    named = {name for _, name in _activated(declarations)}
    return tuple(
        declaration.identifier
        for declaration in declarations
        if declaration.kind is DeclarationKind.CONFIGURATION and declaration.identifier not in named
    )


def _twice(declarations: Sequence[Declaration]) -> Iterator[Problem]:
    counts = Counter(declaration.identifier for declaration in declarations)
    for identifier, count in counts.items():
        if count > 1:
            yield Problem(identifier, "names two declarations", "give each its own identifier")


def _missing_configurations(declarations: Sequence[Declaration]) -> Iterator[Problem]:
    present = {
        declaration.identifier
        for declaration in declarations
        if declaration.kind is DeclarationKind.CONFIGURATION
    }
    for activation, name in _activated(declarations):
        if name not in present:
            yield Problem(
                f"{activation.identifier}/StandardConfigurations",
                f"names the configuration {name[:64]}, which is not there",
                "add it, or leave it out of the activation",
            )


def _activated(declarations: Sequence[Declaration]) -> Iterator[tuple[Declaration, str]]:
    for declaration in declarations:
        names = declaration.payload.get("StandardConfigurations")
        if declaration.declaration_type == activations.SIMPLE and isinstance(names, list | tuple):
            yield from ((declaration, name) for name in names if isinstance(name, str))


def _assets(declarations: Sequence[Declaration]) -> Iterator[Problem]:
    types = {declaration.identifier: declaration.declaration_type for declaration in declarations}
    for declaration in declarations:
        for named in references_in(declaration.declaration_type, declaration.payload):
            if types.get(named.identifier) not in named.types:
                yield Problem(
                    f"{declaration.identifier}/{named.field}",
                    f"names {named.identifier[:64]}, which is not there or another kind of asset",
                    f"add an asset of type {' or '.join(sorted(named.types))}",
                )


def _require_a_reason(declarations: Sequence[Declaration], empty_because: str | None) -> None:
    if declarations and empty_because is not None:
        raise InvalidPayload("Declarations", "are there, though said to be none", "choose one")
    if not declarations and not (empty_because or "").strip():
        raise InvalidPayload(
            "Declarations",
            "are empty, which takes everything off the device",
            "use Snapshot.nothing and say why, or answer with an error",
        )


def _require_an_instant(changed_at: datetime) -> None:
    if changed_at.tzinfo is None:
        raise InvalidPayload("Timestamp", "has no time zone", "give an aware time")
