"""The answer of a guard: allowed, or refused with what the sentence needs.

Here: values. Not here: the judgement (policies.guards), the sentences (the doors).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = str | int | datetime


class RefusalKind(StrEnum):
    """Why not; a door turns the kind and its values into a sentence."""

    STOPPED = "stopped"
    NO_APPROVAL = "no_approval"
    NO_PERSON = "no_person"
    NO_REASON = "no_reason"
    NO_DEVICES = "no_devices"
    APPROVAL_EXPIRED = "approval_expired"
    APPROVAL_TOO_LONG = "approval_too_long"
    OTHER_ACTION = "other_action"
    OTHER_GENERATION = "other_generation"
    NOT_ON_THE_LIST = "not_on_the_list"
    ALREADY_ANSWERED = "already_answered"
    SECOND_PERSON_NEEDED = "second_person_needed"
    SAME_PERSON = "same_person"
    ALREADY_SECONDED = "already_seconded"
    DEVICE_CANNOT = "device_cannot"


_HELD = frozenset({RefusalKind.SECOND_PERSON_NEEDED})


@dataclass(frozen=True, slots=True)
class Allowed:
    """Nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """values: what the sentence needs, by name."""

    kind: RefusalKind
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)

    @property
    def is_held(self) -> bool:
        """It may be allowed later, when somebody seconds it or the hour has passed."""
        return self.kind in _HELD


Verdict: TypeAlias = Allowed | Refused

ALLOWED = Allowed()
