"""The answer to DeviceInformation.

Here: the facts that the project works with, each None if the device left it out. Whatever else
the device said stays in `others`. Not here: which queries there are (device_queries.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from profiles import plist
from profiles.commands.answers.fields import Fields, Values
from profiles.commands.answers.subscriptions import ServiceSubscription, read_subscription

_READ = frozenset(
    {
        "AppAnalyticsEnabled",
        "AvailableDeviceCapacity",
        "AwaitingConfiguration",
        "BatteryLevel",
        "BluetoothMAC",
        "BuildVersion",
        "DeviceCapacity",
        "DeviceName",
        "DevicePropertiesAttestation",
        "DiagnosticSubmissionEnabled",
        "EstimatedResidentUsers",
        "IMEI",
        "IsActivationLockEnabled",
        "IsCloudBackupEnabled",
        "IsDeviceLocatorServiceEnabled",
        "IsMDMLostModeEnabled",
        "IsMultiUser",
        "IsNetworkTethered",
        "IsSupervised",
        "LastCloudBackupDate",
        "MEID",
        "MaximumResidentUsers",
        "Model",
        "ModelName",
        "ModelNumber",
        "OSVersion",
        "ProductName",
        "QuotaSize",
        "ResidentUsers",
        "SerialNumber",
        "ServiceSubscriptions",
        "SoftwareUpdateDeviceID",
        "SupplementalBuildVersion",
        "SupplementalOSVersionExtra",
        "TimeZone",
        "UDID",
        "WiFiMAC",
        "iTunesStoreAccountIsActive",
    }
)


@dataclass(frozen=True, slots=True)
class DeviceInformation:
    """What a device said about itself; None: not said.

    capacity_gb, available_gb: decimal gigabytes. battery_level: 0.0 to 1.0; None also if the
    device does not know. product_name: as in `iPad12,1`. quota_mb: per person of a Shared iPad.
    attestation: certificates in DER, the leaf first.
    others: answers without a field here, by query. problems: values of a wrong kind.
    """

    udid: str | None = None
    serial_number: str | None = None
    device_name: str | None = None
    os_version: str | None = None
    os_version_extra: str | None = None
    build_version: str | None = None
    supplemental_build_version: str | None = None
    model: str | None = None
    model_name: str | None = None
    model_number: str | None = None
    product_name: str | None = None
    capacity_gb: float | None = None
    available_gb: float | None = None
    battery_level: float | None = None
    imei: str | None = None
    meid: str | None = None
    wifi_mac: str | None = None
    bluetooth_mac: str | None = None
    is_supervised: bool | None = None
    is_shared_ipad: bool | None = None
    is_awaiting_configuration: bool | None = None
    is_in_lost_mode: bool | None = None
    is_activation_locked: bool | None = None
    is_find_my_on: bool | None = None
    is_cloud_backup_on: bool | None = None
    last_cloud_backup: datetime | None = None
    is_store_account_active: bool | None = None
    is_tethered: bool | None = None
    sends_diagnostics: bool | None = None
    sends_app_analytics: bool | None = None
    time_zone: str | None = None
    software_update_device_id: str | None = None
    maximum_resident_users: int | None = None
    estimated_resident_users: int | None = None
    resident_users: int | None = None
    quota_mb: int | None = None
    subscriptions: tuple[ServiceSubscription, ...] = ()
    attestation: tuple[bytes, ...] = field(default=(), repr=False)
    others: Mapping[str, plist.PlistValue] = field(default_factory=dict, repr=False)
    problems: int = 0


def read_device_information(body: Values) -> DeviceInformation:
    """Read `QueryResponses`.

    raises: MalformedMessage, if it is missing or no dictionary.
    """
    answers = Fields(plist.dictionary(body, "QueryResponses"))
    information = DeviceInformation(
        udid=answers.text("UDID"),
        serial_number=answers.text("SerialNumber"),
        device_name=answers.text("DeviceName"),
        os_version=answers.text("OSVersion"),
        os_version_extra=answers.text("SupplementalOSVersionExtra"),
        build_version=answers.text("BuildVersion"),
        supplemental_build_version=answers.text("SupplementalBuildVersion"),
        model=answers.text("Model"),
        model_name=answers.text("ModelName"),
        model_number=answers.text("ModelNumber"),
        product_name=answers.text("ProductName"),
        capacity_gb=answers.real("DeviceCapacity"),
        available_gb=answers.real("AvailableDeviceCapacity"),
        battery_level=_known(answers.real("BatteryLevel")),
        imei=answers.text("IMEI"),
        meid=answers.text("MEID"),
        wifi_mac=answers.text("WiFiMAC"),
        bluetooth_mac=answers.text("BluetoothMAC"),
        is_supervised=answers.flag("IsSupervised"),
        is_shared_ipad=answers.flag("IsMultiUser"),
        is_awaiting_configuration=answers.flag("AwaitingConfiguration"),
        is_in_lost_mode=answers.flag("IsMDMLostModeEnabled"),
        is_activation_locked=answers.flag("IsActivationLockEnabled"),
        is_find_my_on=answers.flag("IsDeviceLocatorServiceEnabled"),
        is_cloud_backup_on=answers.flag("IsCloudBackupEnabled"),
        last_cloud_backup=answers.moment("LastCloudBackupDate"),
        is_store_account_active=answers.flag("iTunesStoreAccountIsActive"),
        is_tethered=answers.flag("IsNetworkTethered"),
        sends_diagnostics=answers.flag("DiagnosticSubmissionEnabled"),
        sends_app_analytics=answers.flag("AppAnalyticsEnabled"),
        time_zone=answers.text("TimeZone"),
        software_update_device_id=answers.text("SoftwareUpdateDeviceID"),
        maximum_resident_users=answers.integer("MaximumResidentUsers"),
        estimated_resident_users=answers.integer("EstimatedResidentUsers"),
        resident_users=answers.integer("ResidentUsers"),
        quota_mb=answers.integer("QuotaSize"),
        subscriptions=answers.listing("ServiceSubscriptions", read_subscription),
        attestation=answers.blobs("DevicePropertiesAttestation"),
        others={key: value for key, value in answers.values.items() if key not in _READ},
    )
    return replace(information, problems=answers.problems)


def _known(level: float | None) -> float | None:
    # -1 is the device's word for "unknown".
    return None if level is None or level < 0 else level
