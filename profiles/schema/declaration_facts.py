"""What is known about a type of declaration, as values.

Here: which enrollments and channels take it, what several of them do to each other.
Not here: facts about single keys (profiles.schema.facts has the same for payloads), the tables
(profiles.schema.declaration_tables), checking (profiles.schema.declaration_reader).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from profiles.schema.facts import Channel, KeyFacts
from profiles.schema.os_version import OsVersion


class Enrollment(Enum):
    """How an iPad came under management. LOCAL: nobody manages it."""

    SUPERVISED = "supervised"
    DEVICE = "device"
    USER = "user"
    LOCAL = "local"


class Applying(Enum):
    """What several active configurations of one type do to each other."""

    MULTIPLE = "multiple"
    COMBINED = "combined"
    SINGLE = "single"


class Merging(Enum):
    """Which value applies when several combined configurations set the same key.

    LATER_WINS, EARLIER_WINS: of the key's `allowed` values, the one further to the end or to the
    beginning of the list. FIRST_WINS: that of the configuration which came first.
    """

    FALSE_WINS = "false wins"
    TRUE_WINS = "true wins"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    UNION = "union"
    INTERSECTION = "intersection"
    APPEND = "append"
    LATER_WINS = "later wins"
    EARLIER_WINS = "earlier wins"
    FIRST_WINS = "first wins"


@dataclass(frozen=True, slots=True)
class DeclarationFacts:
    """One type of declaration: its payload's keys, and where it may go.

    applying: None for what is no configuration.
    channels: of a Shared iPad; an ordinary iPad always uses the device channel.
    any_key: the keys are the author's own.
    merging, references: path of a key → how it combines; which types of asset it may name.
        A path joins keys with full stops; `[]` stands for every element, `*` for any key.
    orders: path of a key below `*` → its values in the order that LATER_WINS goes by.
    """

    declaration_type: str
    since: OsVersion
    keys: Mapping[str, KeyFacts]
    applying: Applying | None = None
    enrollments: frozenset[Enrollment] = frozenset(Enrollment)
    channels: frozenset[Channel] = frozenset(Channel)
    any_key: bool = False
    merging: Mapping[str, Merging] = field(default_factory=dict)
    references: Mapping[str, frozenset[str]] = field(default_factory=dict)
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
