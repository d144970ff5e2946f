"""What a change plan stores as JSON: its operations, rings, gate and preview, both ways."""

import json
import zlib
from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from mdm.rooms.changes.models import ChangePlan
from policies.change_plan import Preview
from policies.operations import Operation, read_operations
from policies.rings import Gate, RingSpec
from policies.value_json import read_value, write_value


def operations_of(plan: ChangePlan) -> tuple[Operation, ...]:
    """What a plan does, as it was drafted."""
    return read_operations(plan.operations)


def preview_of(plan: ChangePlan) -> Preview:
    """The preview as it was last shown."""
    return _read_preview(plan.compressed_preview)


def touched_devices(plan: ChangePlan) -> Sequence[int]:
    """The numbers of all iPads of the preview, sorted, without what happens to them."""
    return _read_devices(plan.compressed_preview)


# A page reads it several times, and a city's takes a second each time. It is a frozen value.
@lru_cache(maxsize=4)
def _read_preview(stored: bytes) -> Preview:
    preview: Preview = read_value(Preview, json.loads(zlib.decompress(stored)))
    return preview


# Numbers alone take a twentieth of the time and of the room, so more of them are kept.
@lru_cache(maxsize=32)
def _read_devices(stored: bytes) -> Sequence[int]:
    groups = json.loads(zlib.decompress(stored))["groups"]
    return array("q", sorted(number for group in groups for number in group["devices"]))


def compressed(preview: Preview) -> bytes:
    """A preview as it is stored; for 100,000 iPads some hundred kilobytes."""
    return zlib.compress(json.dumps(write_value(preview), separators=(",", ":")).encode())


def rings_of(plan: ChangePlan) -> tuple[RingSpec, ...]:
    """The rings that were wished."""
    rings: tuple[RingSpec, ...] = read_value(tuple[RingSpec, ...], plan.rings)
    return rings


def gate_of(plan: ChangePlan) -> Gate:
    """The gate between its rings."""
    gate: Gate = read_value(Gate, plan.gate)
    return gate


def ring_name(spec: RingSpec) -> str:
    """A ring's stored name: its scopes, or its kind; doors put it into words."""
    return (", ".join(map(str, spec.scopes)) or spec.kind.value)[:120]


def written(value: object) -> Any:
    """Any value of policies as JSON."""
    return write_value(value)
