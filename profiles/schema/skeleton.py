"""The keys of a payload without its values, so that hints need no secrets.

Here: the skeleton. Not here: what a device thinks of its keys (profiles.schema.hints), which
looks at names only and so says the same about a payload and its skeleton.
"""

from __future__ import annotations

from collections.abc import Mapping

Skeleton = dict[str, object]


def skeleton(content: Mapping[str, object]) -> Skeleton:
    """Keep every key at any depth, and nothing else; a value becomes None."""
    return {key: _bare(value) for key, value in content.items()}


def _bare(value: object) -> object:
    if isinstance(value, Mapping):
        return skeleton(value)
    if isinstance(value, list | tuple):
        return [_bare(element) for element in value]
    return None
