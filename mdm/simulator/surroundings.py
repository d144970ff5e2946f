"""What surrounds an iPad, what is set on it, and what an observer notes about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mdm.base.clock import Clock
from mdm.simulator.keys import KeyFolder
from mdm.simulator.push_link import NoPush, PushLink
from mdm.simulator.releases import RELEASES, Release
from mdm.simulator.store import Store
from profiles.plist import WritableValue


@dataclass(frozen=True, slots=True)
class Done:
    """One command and what the iPad answered to it. status: Apple's word."""

    command_uuid: str
    request_type: str
    status: str


@dataclass(slots=True)
class Environment:
    """What surrounds an iPad.

    networks: WLANs in reach, SSID → password, None for one without; None: every WLAN is in reach
        and every password right.
    releases: versions of the system that Apple offers.
    """

    clock: Clock
    keys: KeyFolder
    store: Store = field(default_factory=Store)
    push: PushLink = field(default_factory=NoPush)
    networks: Mapping[str, str | None] | None = None
    releases: tuple[Release, ...] = RELEASES


@dataclass(slots=True)
class Settings:
    """What people and servers can set, and an erase resets."""

    device_name: str = "iPad"
    time_zone: str = "Europe/Berlin"
    organization_info: dict[str, WritableValue] = field(default_factory=dict)
    mdm_options: dict[str, WritableValue] = field(default_factory=dict)
    others: dict[str, WritableValue] = field(default_factory=dict)
