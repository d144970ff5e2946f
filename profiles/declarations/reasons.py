"""Why a declaration or a status item is not as wished, in the device's words.

source: Apple, schema "Status Reason", and the reasons of declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from profiles.declarations.json_form import JsonValue

UNKNOWN_CODE = "Error.Unknown"

_MOST_REASONS = 100


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    code: such as Error.MissingAssets; Error.Unknown when the device gave none.
    description: for people who know iPads, in English. details: what the code is about.
    """

    code: str
    description: str | None = None
    details: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Whether something is wrong; `Info` tells of what is as it was asked for."""
        return not self.code.startswith("Info.")


def read_reasons(listed: object) -> tuple[Reason, ...]:
    """Read a list of reasons, spelt as in status items or as in errors of a report.

    listed: anything; what is no reason is passed over, so that one odd reason hides no other.
        At most the first hundred are kept.
    """
    if not isinstance(listed, list):
        return ()
    return tuple(_reason(entry) for entry in listed[:_MOST_REASONS] if isinstance(entry, Mapping))


def _reason(entry: Mapping[str, JsonValue]) -> Reason:
    known = {key.lower(): value for key, value in entry.items()}
    code, description = known.get("code"), known.get("description")
    details = known.get("details")
    return Reason(
        code if isinstance(code, str) and code else UNKNOWN_CODE,
        description if isinstance(description, str) else None,
        details if isinstance(details, Mapping) else {},
    )
