"""The passcode payload: what a passcode must be, and when the iPad asks for it.

Here: the rules, and how those of two profiles add up. Not here: clearing a passcode (a command),
the passcode of Shared iPads, which their account sets. Newer iPads take the same rules as a
declaration; the strictest of both applies.

source: Apple, "Passcode" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import stated
from profiles.schema.facts import Combining
from profiles.schema.tables import facts_of

PAYLOAD_TYPE = "com.apple.mobiledevice.passwordpolicy"

FEWEST_SAFE_FAILURES = 4
"""Apple also lets an iPad erase itself at the second failure, which a child reaches by playing."""

_KEYS = {
    "required": "forcePIN",
    "allow_simple": "allowSimple",
    "require_alphanumeric": "requireAlphanumeric",
    "minimum_length": "minLength",
    "minimum_complex_characters": "minComplexChars",
    "lock_after_min": "maxInactivity",
    "grace_period_min": "maxGracePeriod",
    "maximum_age_days": "maxPINAgeInDays",
    "history": "pinHistory",
    "erase_after_failures": "maxFailedAttempts",
}


@dataclass(frozen=True, slots=True)
class PasscodeRules:
    """What a passcode must be; None: no opinion.

    required: whether there must be one; without it the other rules bind only those who set one.
    lock_after_min: longest idle time before the screen locks, 1 to 15 minutes.
    grace_period_min: how long it opens without a passcode after locking; 0: never.
    erase_after_failures: the iPad erases itself at this failure, 4 to 11. Apple allows 2 and 3,
        which a child reaches by playing.
    raises: InvalidPayload.
    """

    required: bool | None = True
    allow_simple: bool | None = None
    require_alphanumeric: bool | None = None
    minimum_length: int | None = None
    minimum_complex_characters: int | None = None
    lock_after_min: int | None = None
    grace_period_min: int | None = None
    maximum_age_days: int | None = None
    history: int | None = None
    erase_after_failures: int | None = None

    def __post_init__(self) -> None:
        if self.erase_after_failures is not None:
            self._require_patience(self.erase_after_failures)
        for name in ("lock_after_min", "maximum_age_days"):
            # Zero would mean "never" and win over every number as the least.
            if getattr(self, name) == 0:
                raise InvalidPayload(_KEYS[name], "is zero", "leave it out for no limit")

    def _require_patience(self, failures: int) -> None:
        if failures < FEWEST_SAFE_FAILURES:
            raise InvalidPayload(
                "maxFailedAttempts", "erases an iPad too soon", "give 4 to 11, or leave it out"
            )


def passcode_payload(
    rules: PasscodeRules, identifier: str, display_name: str = "Gerätecode"
) -> Payload:
    """Write the rules as a payload.

    raises: InvalidPayload.
    """
    content = stated({key: getattr(rules, name) for name, key in _KEYS.items()})
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, content)


def strictest(first: PasscodeRules, second: PasscodeRules) -> PasscodeRules:
    """Tell what a device demands that has both: the stricter value of every rule."""
    names = [rule.name for rule in fields(PasscodeRules)]
    return PasscodeRules(
        **{name: _stricter(name, getattr(first, name), getattr(second, name)) for name in names}
    )


def _stricter(name: str, first: Any, second: Any) -> Any:
    if first is None or second is None:
        return second if first is None else first
    rule = facts_of(PAYLOAD_TYPE).keys[_KEYS[name]].combining
    return (min if rule in _LEAST else max)(first, second)


_LEAST = (Combining.MINIMUM, Combining.FALSE_WINS)
