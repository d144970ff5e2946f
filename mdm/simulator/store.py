"""A stand-in for the App Store: apps that can be had, and who holds a licence.

Here: the catalogue. Not here: how an iPad installs (installed_apps). The apps are fictional.
"""

from dataclasses import dataclass, field, replace
from enum import Enum

from profiles.schema.os_version import OsVersion


class Ending(Enum):
    """How an installation ends, in Apple's words."""

    MANAGED = "Managed"
    FAILED = "Failed"
    USER_REJECTED = "UserRejected"


@dataclass(frozen=True, slots=True)
class StoreApp:
    """One app.

    store_id: iTunesStoreID. external_version: of this version in the store.
    is_paid: cannot be had without a licence. size: in bytes.
    """

    bundle_id: str
    store_id: int
    name: str
    version: str = "1.0.0"
    short_version: str = "1.0"
    external_version: int = 800_000_001
    size: int = 80_000_000
    minimum_os: str = "15.0"
    is_paid: bool = False
    ending: Ending = Ending.MANAGED

    def runs_on(self, version: OsVersion) -> bool:
        """Whether a system is new enough."""
        return version >= OsVersion.parse(self.minimum_os)


CATALOGUE = (
    StoreApp("de.example.vokabeln", 900000001, "Vokabeln"),
    StoreApp("de.example.rechnen", 900000002, "Rechnen", is_paid=True),
    StoreApp("de.example.tafel", 900000003, "Tafel", minimum_os="17.0", size=210_000_000),
    StoreApp("de.example.lesen", 900000004, "Lesen"),
    StoreApp("de.example.defekt", 900000005, "Defekt", ending=Ending.FAILED),
)


@dataclass(slots=True)
class Store:
    """A store. It may change while iPads use it: an app gets a new version, a licence goes.

    licences: (bundle identifier, serial number); None: everybody holds every licence.
    manifests: address of an organisation's own app → the app.
    """

    apps: dict[str, StoreApp] = field(
        default_factory=lambda: {app.bundle_id: app for app in CATALOGUE}
    )
    licences: set[tuple[str, str]] | None = None
    manifests: dict[str, StoreApp] = field(default_factory=dict)

    def by_store_id(self, store_id: int) -> StoreApp | None:
        """Find an app by its iTunesStoreID."""
        return next((app for app in self.apps.values() if app.store_id == store_id), None)

    def has_licence(self, app: StoreApp, serial_number: str) -> bool:
        """Whether an app is assigned to a device."""
        return self.licences is None or (app.bundle_id, serial_number) in self.licences

    def publish(self, bundle_id: str, version: str) -> None:
        """Offer a new version of an app. raises: KeyError."""
        app = self.apps[bundle_id]
        self.apps[bundle_id] = replace(
            app, version=version, short_version=version, external_version=app.external_version + 1
        )
