"""What has to be known about a device to judge whether a command suits it."""

from dataclasses import dataclass

from profiles.commands.vocabulary import AccessRight, Channel, Platform
from profiles.schema.os_version import OsVersion


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """One channel of one device, as last reported.

    os_version, supervised: None: not yet reported.
    access_rights: of the management profile it enrolled with.
    ade: enrolled by Automated Device Enrollment. awaiting_configuration: in Setup Assistant.
    """

    os_version: OsVersion | None = None
    platform: Platform = Platform.IPADOS
    supervised: bool | None = None
    shared_ipad: bool = False
    ade: bool = False
    user_enrollment: bool = False
    access_rights: AccessRight = AccessRight.ALL
    channel: Channel = Channel.DEVICE
    lost_mode: bool = False
    awaiting_configuration: bool = False
