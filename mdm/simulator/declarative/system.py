"""What the system of an iPad knows of declarations: types by version, place and enrolment.

Here: the facts of profiles.schema asked for one iPad. Not here: judging a payload (checking),
status items (status_items).

source: Apple, schema of declarations: versions, enrollments, scopes.
"""

from functools import lru_cache

from mdm.simulator.hardware import Hardware
from profiles.schema.declaration_hints import unsupported_on
from profiles.schema.declaration_tables import declaration_types
from profiles.schema.facts import Channel
from profiles.schema.hints import DeviceTraits

_WHOLE = "Type"


def traits(hardware: Hardware, *, on_user_channel: bool) -> DeviceTraits:
    """Sum up what decides which declarations suit a channel of an iPad."""
    return DeviceTraits(
        os_version=hardware.version,
        supervised=hardware.is_supervised,
        shared_ipad=hardware.is_shared,
        channel=Channel.USER if on_user_channel else Channel.DEVICE,
    )


@lru_cache(1024)
def knows(declaration_type: str, device: DeviceTraits) -> bool:
    """Whether declarations of a type are possible there at all."""
    if declaration_type not in declaration_types():
        return False
    return all(hint.field != _WHOLE for hint in unsupported_on(declaration_type, {}, device))


@lru_cache(256)
def known_types(device: DeviceTraits, kind: str) -> tuple[str, ...]:
    """List the types of one kind (documents.KINDS), in alphabetical order."""
    prefix = f"com.apple.{kind}."
    types = (name for name in declaration_types() if name.startswith(prefix))
    return tuple(sorted(name for name in types if knows(name, device)))
