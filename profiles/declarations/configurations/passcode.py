"""What a passcode must be. The strictest value of all such configurations and profiles applies.

Here: the settings of the declaration; iPadOS 15, never on a Shared iPad.
Not here: the payload with the same aim (profiles.payloads.passcode).

source: Apple, schema "Passcode:Settings".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration
from profiles.errors import InvalidPayload
from profiles.payloads.passcode import FEWEST_SAFE_FAILURES, PasscodeRules
from profiles.payloads.stating import stated

TYPE = "com.apple.configuration.passcode.settings"

_KEYS = {
    "required": "RequirePasscode",
    "require_alphanumeric": "RequireAlphanumericPasscode",
    "require_complex": "RequireComplexPasscode",
    "minimum_length": "MinimumLength",
    "minimum_complex_characters": "MinimumComplexCharacters",
    "erase_after_failures": "MaximumFailedAttempts",
    "grace_period_min": "MaximumGracePeriodInMinutes",
    "lock_after_min": "MaximumInactivityInMinutes",
    "maximum_age_days": "MaximumPasscodeAgeInDays",
    "history": "PasscodeReuseLimit",
}


@dataclass(frozen=True, slots=True)
class PasscodeSettings:
    """What a passcode must be; None: no opinion. Any rule but `required=False` demands one.

    require_alphanumeric, minimum_complex_characters, maximum_age_days: iPadOS 16.2.
    erase_after_failures: the iPad erases itself at this failure, 4 to 11. Apple allows 2 and 3,
        which a child reaches by playing.
    lock_after_min: longest idle time before the screen locks, 1 to 15 minutes.
    grace_period_min: how long it opens without a passcode after locking; 0: never.
    raises: InvalidPayload.
    """

    required: bool | None = True
    require_alphanumeric: bool | None = None
    require_complex: bool | None = None
    minimum_length: int | None = None
    minimum_complex_characters: int | None = None
    erase_after_failures: int | None = None
    grace_period_min: int | None = None
    lock_after_min: int | None = None
    maximum_age_days: int | None = None
    history: int | None = None

    def __post_init__(self) -> None:
        if not stated(_keys(self)):
            raise InvalidPayload("RequirePasscode", "says nothing", "set a rule")
        if (self.erase_after_failures or FEWEST_SAFE_FAILURES) < FEWEST_SAFE_FAILURES:
            raise InvalidPayload(
                "MaximumFailedAttempts", "erases an iPad too soon", "give 4 to 11, or leave it out"
            )
        # Zero would mean "never" and win over every number as the least.
        for key, value in (
            ("MaximumInactivityInMinutes", self.lock_after_min),
            ("MaximumPasscodeAgeInDays", self.maximum_age_days),
        ):
            if value == 0:
                raise InvalidPayload(key, "is zero", "leave it out for no limit")
        if (self.grace_period_min or 0) < 0:
            raise InvalidPayload("MaximumGracePeriodInMinutes", "is negative", "give 0 or more")
        if (self.minimum_complex_characters or 0) > (self.minimum_length or 16):
            raise InvalidPayload(
                "MinimumComplexCharacters", "is more than MinimumLength", "raise MinimumLength"
            )


def passcode_settings(settings: PasscodeSettings, identifier: str) -> Declaration:
    """Write the settings as a declaration.

    raises: InvalidPayload.
    """
    return checked_declaration(TYPE, identifier, stated(_keys(settings)))


def read(payload: Mapping[str, Any]) -> PasscodeSettings:
    """Read what a declaration says. payload: as the tables accept it. raises: InvalidPayload."""
    return PasscodeSettings(**{name: payload.get(key) for name, key in _KEYS.items()})


def settings_from(rules: PasscodeRules) -> PasscodeSettings:
    """Say what a passcode payload says, as a declaration.

    raises: InvalidPayload, when the rules say nothing that a declaration can.
    """
    return PasscodeSettings(
        required=rules.required,
        require_alphanumeric=rules.require_alphanumeric,
        require_complex=None if rules.allow_simple is None else not rules.allow_simple,
        minimum_length=rules.minimum_length,
        minimum_complex_characters=rules.minimum_complex_characters,
        erase_after_failures=rules.erase_after_failures,
        grace_period_min=rules.grace_period_min,
        lock_after_min=rules.lock_after_min,
        maximum_age_days=rules.maximum_age_days,
        history=rules.history,
    )


def _keys(settings: PasscodeSettings) -> dict[str, bool | int | None]:
    return {key: getattr(settings, name) for name, key in _KEYS.items()}
