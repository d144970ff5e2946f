"""What a passcode must be on an iPad, and whether the present one is so.

Here: rules of declarations and profiles combined, the strictest of each. Not here: where they
come from.

source: Apple, schema "Passcode:Settings"; Apple, payload "Passcode".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

DECLARATION = "com.apple.configuration.passcode.settings"
PAYLOAD = "com.apple.mobiledevice.passwordpolicy"

# Key of the payload → key of the declaration.
_SPELT_IN_PAYLOADS = {
    "forcePIN": "RequirePasscode",
    "requireAlphanumeric": "RequireAlphanumericPasscode",
    "minLength": "MinimumLength",
    "minComplexChars": "MinimumComplexCharacters",
    "maxFailedAttempts": "MaximumFailedAttempts",
    "maxGracePeriod": "MaximumGracePeriodInMinutes",
    "maxInactivity": "MaximumInactivityInMinutes",
    "maxPINAgeInDays": "MaximumPasscodeAgeInDays",
    "pinHistory": "PasscodeReuseLimit",
}


@dataclass(frozen=True, slots=True)
class PasscodeRule:
    """The sum of all rules; as built it asks for nothing.

    failures_to_erase, grace_min, inactivity_min, age_days, reuse: None: no limit.
    """

    is_required: bool = False
    is_alphanumeric: bool = False
    is_complex: bool = False
    length: int = 0
    complex_characters: int = 0
    failures_to_erase: int | None = None
    grace_min: int | None = None
    inactivity_min: int | None = None
    age_days: int | None = None
    reuse: int | None = None

    @classmethod
    def of(
        cls, declarations: Sequence[Mapping[str, Any]], payloads: Sequence[Mapping[str, Any]] = ()
    ) -> Self:
        """Combine what declarations and payloads of profiles say, the strictest of each."""
        said = [*declarations, *map(_in_words_of_declarations, payloads)]
        return cls(
            is_required=any(map(_asks_for_one, declarations))
            or any(one.get("forcePIN", False) for one in payloads),
            is_alphanumeric=any(one.get("RequireAlphanumericPasscode", False) for one in said),
            is_complex=any(one.get("RequireComplexPasscode", False) for one in said),
            length=max((one.get("MinimumLength", 0) for one in said), default=0),
            complex_characters=max(
                (one.get("MinimumComplexCharacters", 0) for one in said), default=0
            ),
            failures_to_erase=_least(said, "MaximumFailedAttempts"),
            grace_min=_least(said, "MaximumGracePeriodInMinutes"),
            inactivity_min=_least(said, "MaximumInactivityInMinutes"),
            age_days=_least(said, "MaximumPasscodeAgeInDays"),
            reuse=_least(said, "PasscodeReuseLimit"),
        )

    def is_met_by(self, passcode: str | None) -> bool:
        """Whether a passcode, or none, is as it must be."""
        if passcode is None:
            return not self.is_required
        others = sum(not character.isalnum() for character in passcode)
        return (
            len(passcode) >= self.length
            and others >= self.complex_characters
            and not (self.is_complex and _is_simple(passcode))
            and not (self.is_alphanumeric and not _is_alphanumeric(passcode))
        )


def _asks_for_one(settings: Mapping[str, Any]) -> bool:
    """Any rule but RequirePasscode asks for a passcode, too."""
    others = settings.keys() - {"RequirePasscode"}
    return bool(others) or bool(settings.get("RequirePasscode", False))


def _in_words_of_declarations(content: Mapping[str, Any]) -> dict[str, Any]:
    said = {new: content[old] for old, new in _SPELT_IN_PAYLOADS.items() if old in content}
    if content.get("allowSimple") is False:
        said["RequireComplexPasscode"] = True
    return said


def _least(said: Sequence[Mapping[str, Any]], key: str) -> int | None:
    return min((one[key] for one in said if key in one), default=None)


def _is_alphanumeric(passcode: str) -> bool:
    return any(map(str.isalpha, passcode)) and any(map(str.isdigit, passcode))


def _is_simple(passcode: str) -> bool:
    """Whether three neighbours repeat, rise or fall."""
    codes = [ord(character) for character in passcode]
    steps = [after - before for before, after in pairwise(codes)]
    return any(one == two and abs(one) <= 1 for one, two in pairwise(steps))
