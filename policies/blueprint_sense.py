"""What a blueprint may not say anew, though it could be stored.

Here: declarations that are dangerous, contradict themselves or say nothing. Not here: what a
setting may say at all (policies.blueprint).
"""

from __future__ import annotations

from collections.abc import Iterable

from policies.blueprint import DeclarationSetting, Setting
from policies.errors import InvalidSetting
from profiles.declarations.sense import require_sense
from profiles.errors import InvalidPayload


def refuse_senseless(settings: Iterable[Setting]) -> None:
    """Refuse settings that nobody can mean.

    raises: InvalidSetting with the path of the field, say
        `settings[2].payload.MaximumFailedAttempts`.
    """
    for place, setting in enumerate(settings):
        if isinstance(setting, DeclarationSetting):
            _require_sense(f"settings[{place}].payload", setting)


def _require_sense(path: str, setting: DeclarationSetting) -> None:
    try:
        require_sense(setting.declaration_type, setting.payload)
    except InvalidPayload as error:
        field = path if error.field == "Payload" else f"{path}.{error.field}"
        raise InvalidSetting(field, error.problem, error.next_step) from error
