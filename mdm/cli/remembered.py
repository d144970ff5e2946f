"""What a run was told on its command line, so that other commands beside it agree with it.

`mdm up --port 9000` makes links for that port; `mdm enrollment-link` in another terminal has to
make the same ones, and to ring the bell of the same Redis.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from mdm.base.settings import PREFIX, Settings

_FIELDS = ("public_url", "redis_url")


def remember(settings: Settings) -> None:
    """Keep what a later command must know."""
    values = {name: str(getattr(settings, name)) for name in _FIELDS}
    _file(settings.home).write_text(json.dumps(values))


def remembered(home: Path) -> dict[str, str]:
    """What the last run in this home was told, by field name; nothing before the first.

    What the environment says is left out: it is newer.
    """
    try:
        values = json.loads(_file(home).read_text())
    except (OSError, ValueError):
        return {}
    return {name: str(values[name]) for name in _FIELDS if name in values and not _is_said(name)}


def environment_with(overrides: Mapping[str, str]) -> dict[str, str]:
    """Our environment with some settings said differently, by field name."""
    said = {f"{PREFIX}{name.upper()}": value for name, value in overrides.items()}
    hidden = {*said, *(f"{name}_FILE" for name in said)}
    return {k: v for k, v in os.environ.items() if k not in hidden} | said


def _is_said(name: str) -> bool:
    variable = f"{PREFIX}{name.upper()}"
    return variable in os.environ or f"{variable}_FILE" in os.environ


def _file(home: Path) -> Path:
    return home / "run" / "settings.json"
