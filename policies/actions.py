"""The closed list of things that can be done to a device, and the keys that tell them apart.

Here: what to do. Not here: when and why (policies.reconcile), in which bytes (profiles.commands),
who may (policies.guards).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self, TypeAlias

from policies.errors import InvalidWish


class ActionKind(StrEnum):
    """What kind of thing an action does; stored in the key of its command."""

    INQUIRE = "inquire"
    INSTALL_PROFILE = "install_profile"
    REMOVE_PROFILE = "remove_profile"
    INSTALL_APP = "install_app"
    REMOVE_APP = "remove_app"
    SET_DEVICE_NAME = "set_device_name"
    RENEW_IDENTITY = "renew_identity"
    RELEASE_FROM_SETUP = "release_from_setup"
    SYNC_DECLARATIONS = "sync_declarations"
    SCHEDULE_OS_UPDATE = "schedule_os_update"
    REMOTE = "remote"


class QueryKind(StrEnum):
    """What a device can be asked about itself."""

    DEVICE_INFORMATION = "device_information"
    SECURITY_INFO = "security_info"
    PROFILE_LIST = "profile_list"
    CERTIFICATE_LIST = "certificate_list"
    INSTALLED_APPLICATIONS = "installed_applications"
    MANAGED_APPLICATIONS = "managed_applications"


class RemoteKind(StrEnum):
    """What a person can order for a device. None of these follows from a wish."""

    RESTART = "restart"
    SHUT_DOWN = "shut_down"
    LOCK = "lock"
    CLEAR_PASSCODE = "clear_passcode"
    ERASE = "erase"
    ENABLE_LOST_MODE = "enable_lost_mode"
    DISABLE_LOST_MODE = "disable_lost_mode"
    PLAY_LOST_MODE_SOUND = "play_lost_mode_sound"
    LOCATE = "locate"


@dataclass(frozen=True, order=True, slots=True)
class ActionKey:
    """Which thing an action does, whatever the enrollment: at most one open command per key.

    subject: the identifier it is about, empty where the device itself is meant.
    version: the state it leads to (a profile's UUID, a name), empty where there is none.
    """

    kind: ActionKind
    subject: str = ""
    version: str = ""

    def __post_init__(self) -> None:
        # The stored text is divided at line feeds, which no identifier or name contains.
        if "\n" in self.subject + self.version:
            raise InvalidWish("key", "a line feed is not allowed")

    def __str__(self) -> str:
        return "\n".join((self.kind, self.subject, self.version))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the stored text of a key. raises: InvalidWish."""
        parts = text.split("\n")
        if len(parts) != 3 or parts[0] not in set(ActionKind):
            raise InvalidWish("key", "not the text of an action key")
        return cls(ActionKind(parts[0]), parts[1], parts[2])


@dataclass(frozen=True, slots=True)
class Inquire:
    query: QueryKind

    @property
    def key(self) -> ActionKey:
        return ActionKey(ActionKind.INQUIRE, self.query)


@dataclass(frozen=True, slots=True)
class InstallProfile:
    """uuid: of the whole profile, as the device will list it. profile_id: where its bytes are.

    body: its bytes, for one that is in no library because it stands in for a declaration.
    """

    identifier: str
    uuid: str
    version: int
    profile_id: int
    body: bytes | None = field(default=None, repr=False)

    @property
    def key(self) -> ActionKey:
        return ActionKey(ActionKind.INSTALL_PROFILE, self.identifier, self.uuid)


@dataclass(frozen=True, slots=True)
class RemoveProfile:
    """uuid: the copy that the device listed; a later copy is another action."""

    identifier: str
    uuid: str

    @property
    def key(self) -> ActionKey:
        return ActionKey(ActionKind.REMOVE_PROFILE, self.identifier, self.uuid)


@dataclass(frozen=True, slots=True)
class InstallApp:
    """take_over: the pupil installed it himself; it becomes managed and keeps its data."""

    identifier: str
    store_id: int | None = None
    take_over: bool = False

    @property
    def key(self) -> ActionKey:
        return ActionKey(ActionKind.INSTALL_APP, self.identifier)


@dataclass(frozen=True, slots=True)
class RemoveApp:
    """Deletes the app together with its data."""

    identifier: str

    @property
    def key(self) -> ActionKey:
        return ActionKey(ActionKind.REMOVE_APP, self.identifier)


@dataclass(frozen=True, slots=True)
class SetDeviceName:
    name: str

    @property
    def key(self) -> ActionKey:
        return ActionKey(ActionKind.SET_DEVICE_NAME, "", self.name)


@dataclass(frozen=True, slots=True)
class RenewIdentity:
    """fingerprint: of the certificate to be replaced, so that each is renewed once."""

    fingerprint: str

    @property
    def key(self) -> ActionKey:
        return ActionKey(ActionKind.RENEW_IDENTITY, "", self.fingerprint)


@dataclass(frozen=True, slots=True)
class ReleaseFromSetup:
    """Let Setup Assistant go on."""

    @property
    def key(self) -> ActionKey:
        return ActionKey(ActionKind.RELEASE_FROM_SETUP)


@dataclass(frozen=True, slots=True)
class SyncDeclarations:
    """Tell the device to compare its declarations. token: of the set that it shall have."""

    token: str

    @property
    def key(self) -> ActionKey:
        return ActionKey(ActionKind.SYNC_DECLARATIONS, "", self.token)


@dataclass(frozen=True, slots=True)
class ScheduleOsUpdate:
    """Install a version, for devices that take no declaration of it."""

    version: str

    @property
    def key(self) -> ActionKey:
        return ActionKey(ActionKind.SCHEDULE_OS_UPDATE, "", self.version)


@dataclass(frozen=True, slots=True)
class RemoteAction:
    """What a person ordered.

    order: identifier of the order, so that ordering again is another action.
    parameters: name and value as the command knows them, sorted by name; no secrets.
    """

    remote: RemoteKind
    order: str
    parameters: tuple[tuple[str, str | int | bool], ...] = field(default=())

    @property
    def key(self) -> ActionKey:
        return ActionKey(ActionKind.REMOTE, self.remote, self.order)


Action: TypeAlias = (
    Inquire
    | InstallProfile
    | RemoveProfile
    | InstallApp
    | RemoveApp
    | SetDeviceName
    | RenewIdentity
    | ReleaseFromSetup
    | SyncDeclarations
    | ScheduleOsUpdate
    | RemoteAction
)


def subject_of(action: Action) -> str:
    """What people know the thing by that an action is about."""
    match action:
        case InstallProfile() | RemoveProfile() | InstallApp() | RemoveApp():
            return action.identifier
        case SetDeviceName():
            return "device name"
        case ScheduleOsUpdate():
            return "os version"
        case SyncDeclarations():
            return "declarations"
        case RenewIdentity():
            return "identity"
        case ReleaseFromSetup():
            return "setup"
        case Inquire():
            return action.query
        case RemoteAction():
            return action.remote


_PROFILE = frozenset({ActionKind.INSTALL_PROFILE, ActionKind.REMOVE_PROFILE})
_APP = frozenset({ActionKind.INSTALL_APP, ActionKind.REMOVE_APP})


def supersedes(newer: ActionKey, older: ActionKey) -> bool:
    """Whether a newly queued action makes an older, undelivered one pointless.

    Installing and removing the same profile or app supersede each other: delivered out of order
    after a NotNow, they would leave the device in the wrong state.
    """
    return newer.subject == older.subject and _family(newer.kind) == _family(older.kind)


def _family(kind: ActionKind) -> frozenset[ActionKind]:
    for family in (_PROFILE, _APP):
        if kind in family:
            return family
    return frozenset({kind})
