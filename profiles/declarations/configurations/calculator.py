"""What the calculator and the keyboard compute; for exams. iPadOS 18, supervised.

On a Shared iPad it belongs on the user's channel. Of several such configurations the one that
forbids wins.

source: Apple, schema "Math:Settings".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration
from profiles.errors import InvalidPayload

TYPE = "com.apple.configuration.math.settings"

# Name → the parts of the path of its key, inside "Calculator" and "SystemBehavior".
_MODES = {
    "square_root": ("BasicMode", "AddSquareRoot"),
    "scientific": ("ScientificMode", "Enabled"),
    "math_notes": ("MathNotesMode", "Enabled"),
    "unit_conversion": ("InputModes", "UnitConversion"),
}
_BEHAVIOR = {"suggest_results": "KeyboardSuggestions", "solve_anywhere": "MathNotes"}


@dataclass(frozen=True, slots=True)
class CalculatorSettings:
    """What is there; None: no opinion.

    square_root: in the basic mode. solve_anywhere: Math Notes outside of the calculator.
    suggest_results: while typing; the device wants both of these or none.
    raises: InvalidPayload.
    """

    scientific: bool | None = None
    math_notes: bool | None = None
    unit_conversion: bool | None = None
    square_root: bool | None = None
    suggest_results: bool | None = None
    solve_anywhere: bool | None = None

    def __post_init__(self) -> None:
        if all(getattr(self, each.name) is None for each in fields(self)):
            raise InvalidPayload("Calculator", "says nothing", "set something")
        if (self.suggest_results is None) != (self.solve_anywhere is None):
            raise InvalidPayload("SystemBehavior", "says half", "set both or none")


# For an exam without help: plain arithmetic and nothing else.
PLAIN_ARITHMETIC = CalculatorSettings(
    scientific=False,
    math_notes=False,
    unit_conversion=False,
    square_root=False,
    suggest_results=False,
    solve_anywhere=False,
)


def calculator_settings(settings: CalculatorSettings, identifier: str) -> Declaration:
    """Write the settings as a declaration.

    raises: InvalidPayload.
    """
    modes = {
        mode: {key: getattr(settings, name)}
        for name, (mode, key) in _MODES.items()
        if getattr(settings, name) is not None
    }
    payload: dict[str, object] = {"Calculator": modes} if modes else {}
    if settings.suggest_results is not None:
        payload["SystemBehavior"] = {
            key: getattr(settings, name) for name, key in _BEHAVIOR.items()
        }
    return checked_declaration(TYPE, identifier, payload)


def read(payload: Mapping[str, Any]) -> CalculatorSettings:
    """Read what a declaration says. payload: as the tables accept it. raises: InvalidPayload."""
    modes, behavior = payload.get("Calculator", {}), payload.get("SystemBehavior", {})
    return CalculatorSettings(
        **{name: modes.get(mode, {}).get(key) for name, (mode, key) in _MODES.items()},
        **{name: behavior.get(key) for name, key in _BEHAVIOR.items()},
    )
