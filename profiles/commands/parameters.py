"""How one key of a command is described: kind, limits, secrecy, and from which OS on.

Here: `Parameter`, its short constructors, and the rules between the keys of one dictionary.
Not here: checking values against a description (checking.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from profiles.commands.vocabulary import AccessRight, Channel, SharedIpad
from profiles.schema.os_version import OsVersion


class Kind(Enum):
    """The property list types that a command's keys can have."""

    STRING = "a string"
    INTEGER = "an integer"
    BOOLEAN = "a boolean"
    DATA = "data"
    ARRAY = "an array"
    DICTIONARY = "a dictionary"


class Form(Enum):
    """Strings with a shape of their own."""

    HTTPS_URL = "an address that begins with https://"
    BUNDLE_IDENTIFIER = "an identifier such as com.example.app"
    MAC_ADDRESS = "a hardware address such as 01:23:45:67:89:ab"
    UUID = "a UUID"
    TIME_ZONE = "a time zone such as Europe/Berlin"


@dataclass(frozen=True, slots=True)
class ExactlyOne:
    """Exactly one of the keys must be present."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtLeastOne:
    """One or more of the keys must be present."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtMostOne:
    """The keys exclude each other."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """Who gives `key` must give `needed` as well."""

    key: str
    needed: str


@dataclass(frozen=True, slots=True)
class RequiredUnless:
    """`key` is required, unless the boolean `flag` is true."""

    key: str
    flag: str


Rule = ExactlyOne | AtLeastOne | AtMostOne | Needs | RequiredUnless


@dataclass(frozen=True, slots=True)
class Demand:
    """What a part of a command asks of the device, beyond what the command asks.

    since: first iPadOS; None: as the command. since_tvos likewise; on_tvos: False means never.
    channels: on a Shared iPad; None: as the command.
    """

    since: OsVersion | None = None
    since_tvos: OsVersion | None = None
    on_tvos: bool = True
    supervised: bool = False
    access_right: AccessRight = AccessRight.NONE
    user_enrollment: bool = True
    shared_ipad: SharedIpad = SharedIpad.ALLOWED
    channels: frozenset[Channel] | None = None
    deprecated_in: OsVersion | None = None


NO_DEMAND = Demand()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One key of a command, with everything that can be checked before queueing.

    at_least, at_most: bounds of an integer, or of the length of anything else.
    or_zero: 0 is allowed below `at_least`, and means "off".
    choices: the only allowed values; empty: no restriction. mac_only_choices: known, and
        refused with that reason.
    item: what an array contains. keys, rules: what a dictionary contains.
    is_open: a dictionary whose further keys are the app's own business.
    variants: dictionaries told apart by their `Item` key (only in Settings).
    is_secret, is_personal: hidden in logs; secrets are wiped when the command is finished.
    is_mac_only: known, and refused with that reason.
    """

    key: str
    kind: Kind
    required: bool = False
    demand: Demand = NO_DEMAND
    choices: tuple[str | int, ...] = ()
    mac_only_choices: tuple[str, ...] = ()
    at_least: int | None = None
    at_most: int | None = None
    or_zero: bool = False
    form: Form | None = None
    item: Parameter | None = None
    keys: tuple[Parameter, ...] = ()
    rules: tuple[Rule, ...] = ()
    is_open: bool = False
    variants: tuple[Parameter, ...] = ()
    is_secret: bool = False
    is_personal: bool = False
    is_mac_only: bool = False


def version(text: str) -> OsVersion:
    """Name an OS version in a table of facts."""
    return OsVersion.parse(text)


def since(ios: str | None = None, tvos: str | None = None, on_tvos: bool = True) -> Demand:
    """Demand a version of iPadOS; tvOS needs the same unless told otherwise."""
    first = version(ios) if ios else None
    return Demand(first, version(tvos) if tvos else first, on_tvos)


def mac_only(key: str, kind: Kind) -> Parameter:
    """Describe a key that only Macs know."""
    return Parameter(key, kind, is_mac_only=True)


def flag(key: str, *, required: bool = False, demand: Demand = NO_DEMAND) -> Parameter:
    """Describe a boolean."""
    return Parameter(key, Kind.BOOLEAN, required, demand)


def bundle_identifier(key: str = "Identifier", *, demand: Demand = NO_DEMAND) -> Parameter:
    """Describe an optional bundle identifier."""
    return Parameter(key, Kind.STRING, demand=demand, form=Form.BUNDLE_IDENTIFIER)


def identifiers(*, required: bool = False, demand: Demand = NO_DEMAND) -> Parameter:
    """Describe `Identifiers`, the list of bundle identifiers that narrows a question."""
    return Parameter(
        "Identifiers",
        Kind.ARRAY,
        required,
        demand,
        at_least=1 if required else None,
        item=bundle_identifier(""),
    )
