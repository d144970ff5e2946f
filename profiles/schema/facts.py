"""What is known about a key of a payload, as values.

Here: kinds of values, ways of combining, what a key or a payload needs from a device.
Not here: the facts themselves (the tables beside this file, read by profiles.schema.tables),
nor checking content against them (profiles.schema.reader, profiles.schema.hints).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from profiles.schema.os_version import OsVersion

Scalar = bool | int | float | str


class ValueKind(Enum):
    """The kinds of a property list, by the words of Apple's documentation."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    REAL = "real"
    STRING = "string"
    DATA = "data"
    ARRAY = "array"
    DICTIONARY = "dictionary"
    STRING_OR_STRINGS = "string or strings"


class Combining(Enum):
    """Which value a device obeys when several profiles set the same key."""

    FALSE_WINS = "false wins"
    TRUE_WINS = "true wins"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    UNION = "union"
    INTERSECTION = "intersection"


class Coexistence(Enum):
    """What several payloads of one type on the same device do to each other."""

    SINGLE = "single"
    STRICTEST = "strictest"
    ALL_MUST_ALLOW = "all must allow"
    SIDE_BY_SIDE = "side by side"


class OnSharedIpad(Enum):
    """What a Shared iPad does with a key."""

    ALLOWED = "allowed"
    IGNORED = "ignored"
    FORBIDDEN = "forbidden"


class Channel(Enum):
    """The connections of a Shared iPad: one of the device, one of each signed-in person."""

    DEVICE = "device"
    USER = "user"


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One key: what its value must be, and which devices obey it.

    allowed: the only values accepted; empty when every value of the kind is.
    minimum, maximum: bounds of a number, or of the length of an array.
    pattern: regular expression that the whole text must match.
    item: what every element of an array must be; its name is the array's.
    keys: the known keys of a dictionary; None when any key is accepted.
    supervised_since: from this version on the key needs supervision; None: never.
    replacement: the key or declaration type that takes its place.
    """

    name: str
    kind: ValueKind
    required: bool = False
    default: Scalar | None = None
    allowed: tuple[Scalar, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    item: KeyFacts | None = None
    keys: Mapping[str, KeyFacts] | None = None
    since: OsVersion | None = None
    deprecated: OsVersion | None = None
    removed: OsVersion | None = None
    supervised_since: OsVersion | None = None
    shared_ipad: OnSharedIpad = OnSharedIpad.ALLOWED
    user_enrollment: bool = True
    combining: Combining | None = None
    replacement: str | None = None


@dataclass(frozen=True, slots=True)
class PayloadFacts:
    """One payload type: its keys (without those common to all payloads), and where it may go.

    since, apple_tv: first versions of iPadOS and tvOS; None: not there. Keys tell of iPadOS.
    channels: of a Shared iPad; an ordinary iPad always uses the device channel.
    multiple: whether a device accepts several payloads of this type.
    mdm_only: refused when a person installs it by hand.
    coexistence: what several of them do to each other; SINGLE exactly when not `multiple`.
    refused_with: the device's error code for a second one, where it has a code of its own.
    distinct_by: the key by which several must differ, since nobody says which one would apply.
    excludes: types that cannot be on the device at the same time.
    """

    payload_type: str
    since: OsVersion | None
    multiple: bool
    channels: frozenset[Channel]
    keys: Mapping[str, KeyFacts] = field(default_factory=dict)
    supervised: bool = False
    user_enrollment: bool = True
    apple_tv: OsVersion | None = None
    deprecated: OsVersion | None = None
    mdm_only: bool = False
    coexistence: Coexistence = Coexistence.SIDE_BY_SIDE
    refused_with: int | None = None
    distinct_by: str | None = None
    excludes: frozenset[str] = frozenset()
