"""The closed choices with which a command is described.

Here: platforms, channels, rights, danger, proof and the other words of a `CommandSpec`.
Not here: which command has which (one file per family, joined in catalogue.py).
"""

from enum import Enum, IntEnum, IntFlag


class Platform(Enum):
    """The systems that this catalogue knows."""

    IPADOS = "iPadOS"
    TVOS = "tvOS"


class Channel(Enum):
    """Whom a command is for: the device, or the person signed in on a Shared iPad."""

    DEVICE = "device"
    USER = "user"


class AccessRight(IntFlag):
    """The bits of `AccessRights` in the MDM payload, under Apple's names.

    source: Apple, MDM payload, key AccessRights.
    """

    NONE = 0
    ALLOW_INSPECTION = 1
    ALLOW_INSTALLATION_REMOVAL = 2
    ALLOW_PASSCODE_REMOVAL_AND_LOCK = 4
    ALLOW_DEVICE_ERASE = 8
    ALLOW_QUERY_DEVICE_INFORMATION = 16
    ALLOW_QUERY_NETWORK_INFORMATION = 32
    ALLOW_PROVISIONING_INSPECTION = 64
    ALLOW_PROVISIONING_INSTALLATION_REMOVAL = 128
    ALLOW_QUERY_APPLICATIONS = 256
    ALLOW_QUERY_RESTRICTIONS = 512
    ALLOW_QUERY_SECURITY = 1024
    ALLOW_SETTINGS = 2048
    ALLOW_APP_INSTALLATION = 4096
    ALL = 8191


class SharedIpad(Enum):
    """Whether a command is for Shared iPads, for others, or for both."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    REQUIRED = "required"


class Idempotency(Enum):
    """What a second execution of the same command does.

    YES: nothing more. MOSTLY: it asks or starts again, without harm. NO: it harms.
    """

    YES = "yes"
    MOSTLY = "mostly"
    NO = "no"


class Danger(IntEnum):
    """How much care a command needs, in rising order.

    HARMLESS: reads, or changes what the next command changes back.
    DISRUPTIVE: interrupts a lesson, can cost the network, or takes effort to undo.
    PRIVACY: shows where a person is or what a person does.
    DESTRUCTIVE: loses data or protection for good; leaves only with an approval.
    """

    HARMLESS = 0
    DISRUPTIVE = 1
    PRIVACY = 2
    DESTRUCTIVE = 3

    @property
    def needs_approval(self) -> bool:
        """Whether a second person has to agree before the command leaves."""
        return self is Danger.DESTRUCTIVE


class AnswerKind(Enum):
    """What an acknowledged command brings back beside its status."""

    STATUS_ONLY = "status only"
    DEVICE_INFORMATION = "device information"
    SECURITY_INFO = "security info"
    INSTALLED_APPS = "installed apps"
    MANAGED_APPS = "managed apps"
    APP_ATTRIBUTES = "app attributes"
    APP_CONFIGURATIONS = "app configurations"
    APP_FEEDBACK = "app feedback"
    APP_INSTALLATION = "app installation"
    PROGRAM_INVITATION = "program invitation"
    PROFILES = "profiles"
    CERTIFICATES = "certificates"
    PROVISIONING_PROFILES = "provisioning profiles"
    RESTRICTIONS = "restrictions"
    BOOKS = "books"
    BOOK_INSTALLATION = "book installation"
    LOCATION = "location"
    LOCK_MESSAGE = "lock message"
    BYPASS_CODE = "bypass code"
    USERS = "users"
    MIRRORING = "mirroring"
    AVAILABLE_UPDATES = "available updates"
    UPDATE_RESULTS = "update results"
    UPDATE_STATUS = "update status"
    SETTINGS = "settings"


class Proof(Enum):
    """Which later observation shows that a command did what it should.

    Only BY_ANSWER and BY_SETTINGS_RESULT are contained in the command's own answer.
    """

    BY_ANSWER = "answer"
    BY_SETTINGS_RESULT = "settings result"
    BY_PROFILE_LIST = "ProfileList"
    BY_PROVISIONING_PROFILE_LIST = "ProvisioningProfileList"
    BY_APP_LIST = "InstalledApplicationList"
    BY_BOOK_LIST = "ManagedMediaList"
    BY_USER_LIST = "UserList"
    BY_DEVICE_INFORMATION = "DeviceInformation"
    BY_SECURITY_INFO = "SecurityInfo"
    BY_OS_VERSION = "OSVersion"
    BY_STATUS_REPORT = "declarative status report"
    BY_RECONNECT = "next connection"
    BY_AUTHENTICATE = "next Authenticate"
