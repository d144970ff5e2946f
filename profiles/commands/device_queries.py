"""The names that DeviceInformation may ask for, and to whom it is worth asking them.

Here: the table of queries, and the two standard groups. A device leaves out of its answer what it
does not know or may not tell, so nothing here refuses a question for a device; it spares it.
Not here: reading the answer (answers/device.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from profiles.commands.vocabulary import AccessRight
from profiles.schema.os_version import OsVersion


class QueryGroup(Enum):
    """How often a query is worth asking.

    STATIC: after enrolment and after an update of the system. CHANGING: on a schedule.
    ON_DEMAND: only with a purpose, since it is limited, expensive or for user channels.
    """

    STATIC = "static"
    CHANGING = "changing"
    ON_DEMAND = "on demand"


class ValueType(Enum):
    """The property list type of an answer."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    BOOLEAN = "boolean"
    DATE = "date"
    DATA = "data"
    ARRAY = "array"
    DICTIONARY = "dict"


@dataclass(frozen=True, slots=True)
class DeviceQuery:
    """One name for `Queries`.

    minimum_ios, minimum_tvos: None: that system does not know it.
    """

    name: str
    value_type: ValueType
    access_right: AccessRight
    minimum_ios: OsVersion | None
    minimum_tvos: OsVersion | None
    group: QueryGroup
    user_enrollment: bool
    deprecated_in: OsVersion | None
    shared_ipad_only: bool
    supervised: bool
    user_channel_only: bool


# Name, type, right (general, network, apps), first iPadOS, first tvOS, group, remarks:
# no-ue: not under User Enrollment; old: deprecated in 16, use ServiceSubscriptions instead;
# shared: Shared iPad only; user: user channel only (AccessibilitySettings: on Shared iPads).
_TABLE = """
UDID                                  text    -       4.0   9.0   static    no-ue
OrganizationInfo                      dict    -       7.0   9.0   static
MDMOptions                            dict    -       7.0   9.0   changing
LastCloudBackupDate                   date    -       8.0   -     changing  no-ue
AwaitingConfiguration                 boolean -       9.0   10.2  changing  no-ue
iTunesStoreAccountIsActive            boolean apps    7.0   9.0   changing  no-ue
iTunesStoreAccountHash                text    apps    8.0   9.0   changing  no-ue
DeviceName                            text    general 4.0   9.0   changing
OSVersion                             text    general 4.0   9.0   changing
BuildVersion                          text    general 4.0   9.0   changing
SupplementalOSVersionExtra            text    general 16.1  16.1  changing
SupplementalBuildVersion              text    general 16.1  16.1  changing
ModelName                             text    general 4.0   9.0   static
Model                                 text    general 4.0   9.0   static
ModelNumber                           text    general 16.4  16.4  static
ProductName                           text    general 4.0   9.0   static
SerialNumber                          text    general 4.0   9.0   static    no-ue
DeviceCapacity                        real    general 4.0   -     static
AvailableDeviceCapacity               real    general 4.0   -     changing
IMEI                                  text    general 4.0   -     static    no-ue old
MEID                                  text    general 4.0   -     static    no-ue old
ModemFirmwareVersion                  text    general 4.0   -     changing  no-ue
CellularTechnology                    integer general 4.2.6 -     static
BatteryLevel                          real    general 5.0   -     changing
IsSupervised                          boolean general 6.0   9.0   static
IsMultiUser                           boolean general 9.3   -     static
IsDeviceLocatorServiceEnabled         boolean general 7.0   -     changing
IsActivationLockEnabled               boolean general 7.0   -     changing  no-ue old
IsDoNotDisturbInEffect                boolean general 7.0   -     changing  no-ue
DeviceID                              text    general -     9.0   static
EASDeviceIdentifier                   text    general 7.0   -     static
IsCloudBackupEnabled                  boolean general 7.1   -     changing  no-ue
IsMDMLostModeEnabled                  boolean general 9.3   -     changing  no-ue
MaximumResidentUsers                  integer general 9.3   -     changing  no-ue shared
EstimatedResidentUsers                integer general 14.0  -     changing  no-ue shared
QuotaSize                             integer general 13.4  -     changing  no-ue shared
ResidentUsers                         integer general 13.4  -     changing  no-ue shared
UserSessionTimeout                    integer general 14.5  -     changing  no-ue shared
TemporarySessionTimeout               integer general 14.5  -     changing  no-ue shared
TemporarySessionOnly                  boolean general 14.5  -     changing  no-ue shared
ManagedAppleIDDefaultDomains          array   general 16.0  -     changing  no-ue shared
OnlineAuthenticationGracePeriod       integer general 16.0  -     changing  no-ue shared
SkipLanguageAndLocaleSetupForNewUsers boolean general 16.2  -     changing  no-ue shared
PushToken                             data    general 9.3   -     on-demand no-ue user
DiagnosticSubmissionEnabled           boolean general 9.3   -     changing
AppAnalyticsEnabled                   boolean general 9.3   -     changing
TimeZone                              text    general 14.0  14.0  changing
ICCID                                 text    network 4.0   -     changing  no-ue old
BluetoothMAC                          text    network 4.0   9.0   static    no-ue
WiFiMAC                               text    network 4.0   9.0   static    no-ue
CurrentCarrierNetwork                 text    network 4.0   -     changing  no-ue old
SubscriberCarrierNetwork              text    network 5.0   -     changing  no-ue old
CarrierSettingsVersion                text    network 4.0   -     changing  no-ue old
PhoneNumber                           text    network 4.0   -     changing  no-ue old
SubscriberMCC                         text    network 4.2.6 -     changing  no-ue old
SubscriberMNC                         text    network 4.2.6 -     changing  no-ue old
CurrentMCC                            text    network 4.0   -     changing  no-ue old
CurrentMNC                            text    network 4.0   -     changing  no-ue old
VoiceRoamingEnabled                   boolean network 5.0   -     changing  no-ue old
DataRoamingEnabled                    boolean network 5.0   -     changing  no-ue
PersonalHotspotEnabled                boolean network 7.0   -     changing  no-ue
IsRoaming                             boolean network 4.2   -     changing  no-ue
IsNetworkTethered                     boolean network 10.3  -     changing
ServiceSubscriptions                  array   network 12.0  -     changing  no-ue
SoftwareUpdateDeviceID                text    -       15.0  -     static    no-ue
SoftwareUpdateSettings                dict    -       14.5  -     changing  no-ue
AccessibilitySettings                 dict    -       16.0  -     on-demand no-ue supervised user
DevicePropertiesAttestation           array   -       16.0  16.0  on-demand
"""

_RIGHTS = {
    "-": AccessRight.NONE,
    "general": AccessRight.ALLOW_QUERY_DEVICE_INFORMATION,
    "network": AccessRight.ALLOW_QUERY_NETWORK_INFORMATION,
    "apps": AccessRight.ALLOW_APP_INSTALLATION,
}


def _version(text: str) -> OsVersion | None:
    return None if text == "-" else OsVersion.parse(text)


def _query(line: str) -> DeviceQuery:
    name, value_type, right, ios, tvos, group, *remarks = line.split()
    return DeviceQuery(
        name,
        ValueType(value_type),
        _RIGHTS[right],
        _version(ios),
        _version(tvos),
        QueryGroup(group.replace("-", " ")),
        user_enrollment="no-ue" not in remarks,
        deprecated_in=OsVersion(16) if "old" in remarks else None,
        shared_ipad_only="shared" in remarks,
        supervised="supervised" in remarks,
        user_channel_only="user" in remarks,
    )


DEVICE_QUERIES = {query.name: query for query in map(_query, _TABLE.strip().splitlines())}
QUERY_NAMES = tuple(DEVICE_QUERIES)

MAC_ONLY_QUERIES = (
    "ActiveManagedUsers",
    "AutoSetupAdminAccounts",
    "EACSPreflight",
    "EthernetMAC",
    "HasBattery",
    "HostName",
    "IsActivationLockSupported",
    "IsAppleSilicon",
    "LocalHostName",
    "OSUpdateSettings",
    "PINRequiredForDeviceLock",
    "PINRequiredForEraseDevice",
    "ProvisioningUDID",
    "SupportsLOMDevice",
    "SupportsiOSAppInstalls",
    "SystemIntegrityProtectionEnabled",
)


def standard_queries(group: QueryGroup, *, shared_ipad: bool = False) -> tuple[str, ...]:
    """List what an ordinary iPad is asked, in the order of the table.

    Left out are deprecated queries, those of other systems, and (unless `shared_ipad`) those of
    Shared iPads. Old devices and narrow rights leave out of the answer what they must.
    """
    return tuple(
        query.name
        for query in _asked_of_ipads(DEVICE_QUERIES.values())
        if query.group is group and (shared_ipad or not query.shared_ipad_only)
    )


def _asked_of_ipads(queries: Iterable[DeviceQuery]) -> Iterable[DeviceQuery]:
    return (query for query in queries if query.minimum_ios and query.deprecated_in is None)
