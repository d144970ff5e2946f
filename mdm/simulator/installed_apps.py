"""The apps on an iPad: queued, installing, managed, refused.

Here: states and how they move on. Not here: what the store offers (store), the commands' keys
(commands.apps). An installation takes steps; each connection to the server is one, and so is each
tick of a fleet. Failed and rejected states are told once, as iPads do.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mdm.simulator.errors import SimulatorError
from mdm.simulator.store import Ending, StoreApp
from profiles.plist import PlistValue

QUEUED = "Queued"
INSTALLING = "Installing"
UPDATING = "Updating"
MANAGED = "Managed"
MANAGED_BUT_UNINSTALLED = "ManagedButUninstalled"
PROMPTING = "PromptingForManagement"
USER_INSTALLED = "UserInstalledApp"
FAILED = Ending.FAILED.value
# Of apps that declarations manage only.
OPTIONAL = "Optional"
LOGIN = "PromptingForLogin"

_UNDER_WAY = frozenset({QUEUED, INSTALLING, UPDATING})
_TOLD_ONCE = frozenset({Ending.FAILED.value, Ending.USER_REJECTED.value})
_REMOVED_WITH_MANAGEMENT = 1


@dataclass(slots=True)
class App:
    """One app.

    steps_left: until the installation ends. flags: ManagementFlags.
    is_device_licensed: bought by the organisation for this device.
    declaration: identifier of the one that manages it, so that commands cannot; None: none does.
    is_required, pinned, updates_itself: as the declaration wants it. reason: why it failed.
    """

    store_app: StoreApp
    state: str
    is_managed: bool = True
    steps_left: int = 0
    flags: int = 0
    is_device_licensed: bool = False
    configuration: Mapping[str, PlistValue] | None = None
    attributes: Mapping[str, PlistValue] = field(default_factory=dict)
    feedback: Mapping[str, PlistValue] = field(default_factory=dict)
    declaration: str | None = None
    is_required: bool = False
    pinned: int | None = None
    updates_itself: bool = False
    reason: str | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether it is being installed or updated."""
        return self.state in _UNDER_WAY

    @property
    def is_on_device(self) -> bool:
        """Whether a list of installed apps shows it."""
        return self.state in (MANAGED, INSTALLING, UPDATING, PROMPTING, USER_INSTALLED)


def in_status_item(state: str) -> str:
    """Spell a state as status items do: MANAGED_BUT_UNINSTALLED as managed-but-uninstalled."""
    return re.sub(r"(?<=.)(?=[A-Z])", "-", state).lower()


class AppShelf:
    """All apps of one iPad, by bundle identifier. has_moved: something changed; to be reset."""

    def __init__(self) -> None:
        self._apps: dict[str, App] = {}
        self.has_moved = False

    def __iter__(self) -> Iterator[App]:
        """Go through all apps, in the order of their coming."""
        return iter(list(self._apps.values()))

    @property
    def is_busy(self) -> bool:
        """Whether an installation is under way."""
        return any(app.is_under_way for app in self._apps.values())

    def get(self, bundle_id: str) -> App | None:
        """Find an app; None if the iPad has never heard of it."""
        return self._apps.get(bundle_id)

    def managed(self, bundle_id: str) -> App | None:
        """Find an app that is managed by commands."""
        app = self._apps.get(bundle_id)
        return app if app is not None and app.is_managed and app.declaration is None else None

    def put(self, app: App) -> None:
        """Add or replace an app."""
        self._apps[app.store_app.bundle_id] = app
        self.has_moved = True

    def add_by_hand(self, store_app: StoreApp) -> None:
        """Let a person install an app from the store."""
        self.put(App(store_app, USER_INSTALLED, is_managed=False))

    def remove_by_hand(self, bundle_id: str) -> None:
        """Let a person delete an app; a managed one stays known.

        raises: KeyError, SimulatorError (a declaration requires it).
        """
        app = self._apps[bundle_id]
        if app.is_required:
            raise SimulatorError("the app cannot be removed")
        self.has_moved = True
        if app.is_managed:
            app.state = MANAGED_BUT_UNINSTALLED
        else:
            del self._apps[bundle_id]

    def choose(self, bundle_id: str, steps: int) -> None:
        """Let a person install an optional app. raises: KeyError."""
        app = self._apps[bundle_id]
        app.state, app.steps_left, self.has_moved = QUEUED, steps, True

    def remove(self, bundle_id: str) -> None:
        """Remove an app and its data. raises: KeyError."""
        del self._apps[bundle_id]
        self.has_moved = True

    def step(self) -> None:
        """Let every installation go on by one step."""
        for app in self:
            if app.is_under_way:
                self.has_moved = True
                app.steps_left -= 1
                app.state = INSTALLING if app.state == QUEUED else app.state
                if app.steps_left <= 0:
                    app.state = app.store_app.ending.value

    def told(self) -> list[App]:
        """List what commands manage, for an answer; what is told only once is forgotten by it."""
        found = [app for app in self if app.is_managed and app.declaration is None]
        for app in found:
            if app.state in _TOLD_ONCE:
                del self._apps[app.store_app.bundle_id]
        return found

    def leave_management(self) -> None:
        """End management: apps marked so, or declared, go; the others become the person's own."""
        for app in self:
            if not app.is_managed:
                continue
            is_bound = app.declaration is not None or app.flags & _REMOVED_WITH_MANAGEMENT
            if is_bound or app.state != MANAGED:
                del self._apps[app.store_app.bundle_id]
            else:
                app.is_managed, app.state = False, USER_INSTALLED

    def clear(self) -> None:
        """Remove everything, as an erase does."""
        self._apps.clear()
