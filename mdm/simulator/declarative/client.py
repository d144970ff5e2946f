"""What one channel of an iPad keeps of its declarations: the device's, or a person's.

Here: values and bookkeeping. Not here: how they come (synchronising), what follows (effects). It
goes with its channel, so an erase or the end of management leaves nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from mdm.simulator.declarative.documents import Declaration
from mdm.simulator.declarative.reasons import Reason


class Step(Enum):
    """What is to be done with the server's declarations next.

    COMPARE: ask for the tokens. FETCH: ask for the list, whatever the tokens.
    """

    NOTHING = "nothing"
    COMPARE = "compare"
    FETCH = "fetch"


class Validity(Enum):
    """What the iPad found in a declaration, in Apple's words."""

    UNKNOWN = "unknown"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class State:
    """How one declaration stands."""

    active: bool
    validity: Validity
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What became of one active configuration that changes something on the iPad.

    revision: of declaration and assets. subject: what it installed, such as an app's bundle
        identifier; None: nothing. refusal: why this revision is not in force.
    """

    declaration_type: str
    revision: str
    subject: str | None = None
    refusal: Reason | None = None
    may_recover: bool = False


@dataclass(frozen=True, slots=True)
class FetchedAsset:
    """What an asset refers to. content: None when it is refused, for the reason."""

    server_token: str
    content: bytes | None = field(default=None, repr=False)
    refusal: Reason | None = None
    may_recover: bool = False


@dataclass(slots=True)
class DeclarativeClient:
    """One client of the protocol; there is none before the first command.

    token, timestamp: of the set last fetched, and of the newest change heard of.
    has_news: something may have changed that is to be told.
    reported: (path, identifier of an element or "") → digest of what was told of it.
    errors_told: status items that cannot be told, and that was said.
    """

    next_step: Step = Step.COMPARE
    token: str | None = None
    timestamp: str = ""
    declarations: dict[str, Declaration] = field(default_factory=dict, repr=False)
    states: dict[str, State] = field(default_factory=dict, repr=False)
    effects: dict[str, Effect] = field(default_factory=dict, repr=False)
    assets: dict[str, FetchedAsset] = field(default_factory=dict, repr=False)
    has_news: bool = False
    owes_effects: bool = False
    reported: dict[tuple[str, str], int] = field(default_factory=dict, repr=False)
    errors_told: frozenset[str] = frozenset()
    full_report_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether there is something to ask or to tell without a command."""
        if self.has_news or self.owes_effects or self.next_step is not Step.NOTHING:
            return True
        return self.full_report_at is not None and now >= self.full_report_at

    def of_kind(self, kind: str) -> Iterator[Declaration]:
        """Go through the declarations of one kind (documents.KINDS)."""
        return (one for one in self.declarations.values() if one.kind == kind)

    def active(self, declaration_type: str) -> Iterator[Declaration]:
        """Go through the declarations of one type that are in force."""
        for one in self.declarations.values():
            state = self.states.get(one.identifier)
            if one.declaration_type == declaration_type and state is not None and state.active:
                yield one

    def payloads(self, declaration_type: str) -> list[Mapping[str, Any]]:
        """List what the declarations of one type say that are in force."""
        return [one.payload for one in self.active(declaration_type)]
