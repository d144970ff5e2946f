"""What devices will not obey of a blueprint or a profile, without opening any secret.

Here: the rows that policies.unknown_keys judges. Not here: saving the keys (service.py).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, or_, select

from mdm.base.db import Tx
from mdm.rooms.access.service import Viewer
from mdm.rooms.blueprints.blueprint_queries import settings_of
from mdm.rooms.blueprints.models import BlueprintVersion, Profile, ProfileVersion
from mdm.rooms.devices.models import Device
from policies.blueprint import ProfileSetting, Setting
from policies.unknown_keys import PayloadKeys, UnknownKey, unknown_keys
from profiles.schema.hints import DeviceTraits
from profiles.schema.os_version import OsVersion

Payloads = Mapping[tuple[int, int | None], Sequence[PayloadKeys]]


def unknown_by_device(
    tx: Tx, viewer: Viewer, version: BlueprintVersion, school_id: int | None
) -> Iterator[tuple[Device, list[UnknownKey]]]:
    """List the iPads that do not obey all of a version of a blueprint, by serial number.

    school_id: of one school; None for all that the viewer sees.
    """
    settings = settings_of(version)
    payloads = payloads_of(tx, settings)
    known: dict[DeviceTraits, list[UnknownKey]] = {}
    for device in tx.scalars(_devices(viewer, school_id)):
        traits = traits_of(device)
        if traits not in known:
            known[traits] = unknown_keys(settings, payloads, traits)
        if known[traits]:
            yield device, known[traits]


def _devices(viewer: Viewer, school_id: int | None) -> Select[Device]:
    query = select(Device).where(Device.retired_at.is_(None)).order_by(Device.serial, Device.id)
    if school_id is not None:
        query = query.where(Device.school_id == school_id)
    if viewer.school_ids is not None:
        query = query.where(Device.school_id.in_(viewer.school_ids))
    return query


def payloads_of(tx: Tx, settings: Iterable[Setting]) -> Payloads:
    """Load the payloads of the profiles that settings name, in one statement."""
    named = [(one.profile_id, one.version) for one in settings if isinstance(one, ProfileSetting)]
    is_current = ProfileVersion.version == Profile.current_version
    query = (
        select(ProfileVersion.profile_id, ProfileVersion.version, is_current, ProfileVersion)
        .join(Profile, Profile.id == ProfileVersion.profile_id)
        .where(
            or_(
                *(
                    and_(
                        Profile.id == profile,
                        is_current if number is None else ProfileVersion.version == number,
                    )
                    for profile, number in named
                )
            )
            if named
            else Profile.id.is_(None)
        )
    )
    found: dict[tuple[int, int | None], Sequence[PayloadKeys]] = {}
    for profile, number, newest, row in tx.execute(query):
        found[profile, number] = keys_in(row.summary)
        if newest:
            found[profile, None] = found[profile, number]
    return found


def keys_in(summary: Mapping[str, Any]) -> tuple[PayloadKeys, ...]:
    """The payloads of a version of a profile, out of what may be shown of it."""
    return tuple(PayloadKeys(one["type"], one["keys"]) for one in summary.get("keys", ()))


def traits_of(device: Device) -> DeviceTraits:
    """What is known about a device, as far as it decides which keys work."""
    try:
        os_version = OsVersion.parse(device.os_version)
    except ValueError:
        os_version = None
    return DeviceTraits(os_version, device.is_supervised, device.is_shared_ipad is True)
