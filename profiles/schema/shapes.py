"""Rows that several keys of a table share, written once under `[shapes]`.

Here: putting a shape in the place of its name. Not here: what a row means
(profiles.schema.tables).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def shaped(row: Any, shapes: Mapping[str, Any]) -> Any:
    """Put in the place of every `shape` what it stands for; the row's own words win.

    row: any part of a table; keys of a shape and of the row are joined.
    raises: KeyError for a shape that the table lacks.
    """
    if not isinstance(row, dict):
        return row
    written = {word: shaped(value, shapes) for word, value in row.items()}
    if "shape" not in written:
        return written
    shape = shaped(shapes[written.pop("shape")], shapes)
    keys = {**shape.get("keys", {}), **written.get("keys", {})}
    return {**shape, **written, **({"keys": keys} if keys else {})}
