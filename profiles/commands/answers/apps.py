"""The answers about apps: what is installed, what is managed, how an installation begins.

An acknowledged installation is not an installed app; `AppState.MANAGED` together with a list
that shows the app and does not say `Installing` is.
"""

from dataclasses import dataclass
from enum import Enum

from profiles import plist
from profiles.commands.answers.fields import Fields, Listing, Values, read_list

DECLARATIVE_SOURCE = "Declarative Device Management"


class AppState(Enum):
    """Apple's words for where a managed app stands. OTHER: a word that we do not know."""

    QUEUED = "Queued"
    NEEDS_REDEMPTION = "NeedsRedemption"
    REDEEMING = "Redeeming"
    PROMPTING = "Prompting"
    PROMPTING_FOR_LOGIN = "PromptingForLogin"
    VALIDATING_PURCHASE = "ValidatingPurchase"
    PROMPTING_FOR_UPDATE = "PromptingForUpdate"
    PROMPTING_FOR_UPDATE_LOGIN = "PromptingForUpdateLogin"
    PROMPTING_FOR_MANAGEMENT = "PromptingForManagement"
    VALIDATING_UPDATE = "ValidatingUpdate"
    UPDATING = "Updating"
    INSTALLING = "Installing"
    MANAGED = "Managed"
    MANAGED_BUT_UNINSTALLED = "ManagedButUninstalled"
    UNKNOWN = "Unknown"
    USER_INSTALLED_APP = "UserInstalledApp"
    USER_REJECTED = "UserRejected"
    UPDATE_REJECTED = "UpdateRejected"
    MANAGEMENT_REJECTED = "ManagementRejected"
    FAILED = "Failed"
    OTHER = ""

    @property
    def is_failure(self) -> bool:
        """Whether it ended badly; the device tells such a state once and then forgets it."""
        return self in _FAILURES


_FAILURES = frozenset(
    {
        AppState.USER_REJECTED,
        AppState.UPDATE_REJECTED,
        AppState.MANAGEMENT_REJECTED,
        AppState.FAILED,
    }
)
_STATES = {state.value: state for state in AppState}


@dataclass(frozen=True, slots=True)
class InstalledApp:
    """One app on the device; None: not said, mostly since it was not asked for.

    version: the build; short_version: what people see. Sizes are in bytes.
    is_declared: managed by declaration, and thereby out of reach of commands.
    """

    identifier: str
    name: str | None
    version: str | None
    short_version: str | None
    external_version: int | None
    bundle_size: int | None
    dynamic_size: int | None
    is_installing: bool | None
    is_validated: bool | None
    is_device_licensed: bool | None
    is_from_store: bool | None
    is_beta: bool | None
    is_app_clip: bool | None
    has_update: bool | None
    has_failed_download: bool | None
    is_declared: bool


@dataclass(frozen=True, slots=True)
class ManagedApp:
    """One app that this server manages by command."""

    identifier: str
    state: AppState
    management_flags: int | None
    has_configuration: bool | None
    has_feedback: bool | None
    is_validated: bool | None
    external_version: int | None


@dataclass(frozen=True, slots=True)
class AppInstallation:
    """How an installation begins. rejection: Apple's word, with an error."""

    identifier: str | None
    state: AppState | None
    rejection: str | None


def read_installed_apps(body: Values) -> Listing[InstalledApp]:
    """Read `InstalledApplicationList`; members without Identifier are left out.

    raises: MalformedMessage, if it is missing or no array.
    """
    return read_list(body, "InstalledApplicationList", _installed_app)


def read_managed_apps(body: Values) -> Listing[ManagedApp]:
    """Read `ManagedApplicationList`, a dictionary by bundle identifier.

    raises: MalformedMessage, if it is missing or no dictionary.
    """
    apps: list[ManagedApp] = []
    problems = 0
    for identifier, content in plist.dictionary(body, "ManagedApplicationList").items():
        if not isinstance(content, dict):
            problems += 1
            continue
        fields = Fields(content)
        apps.append(_managed_app(identifier, fields))
        problems += fields.problems
    return Listing(tuple(apps), problems)


def read_app_installation(body: Values) -> AppInstallation:
    """Read the answer to InstallApplication, acknowledged or not."""
    fields = Fields(body)
    state = fields.text("State")
    return AppInstallation(
        fields.text("Identifier"),
        None if state is None else _state(state),
        fields.text("RejectionReason"),
    )


def _installed_app(fields: Fields) -> InstalledApp | None:
    identifier = fields.text("Identifier")
    if identifier is None:
        return None
    return InstalledApp(
        identifier=identifier,
        name=fields.text("Name"),
        version=fields.text("Version"),
        short_version=fields.text("ShortVersion"),
        external_version=fields.integer("ExternalVersionIdentifier"),
        bundle_size=fields.integer("BundleSize"),
        dynamic_size=fields.integer("DynamicSize"),
        is_installing=fields.flag("Installing"),
        is_validated=fields.flag("IsValidated"),
        is_device_licensed=fields.flag("DeviceBasedVPP"),
        is_from_store=fields.flag("AppStoreVendable"),
        is_beta=fields.flag("BetaApp"),
        is_app_clip=fields.flag("IsAppClip"),
        has_update=fields.flag("HasUpdateAvailable"),
        has_failed_download=fields.flag("DownloadFailed"),
        is_declared=fields.text("Source") == DECLARATIVE_SOURCE,
    )


def _managed_app(identifier: str, fields: Fields) -> ManagedApp:
    return ManagedApp(
        identifier=identifier,
        state=_state(fields.text("Status")),
        management_flags=fields.integer("ManagementFlags"),
        has_configuration=fields.flag("HasConfiguration"),
        has_feedback=fields.flag("HasFeedback"),
        is_validated=fields.flag("IsValidated"),
        external_version=fields.integer("ExternalVersionIdentifier"),
    )


def _state(text: str | None) -> AppState:
    return _STATES.get(text or "", AppState.OTHER)
