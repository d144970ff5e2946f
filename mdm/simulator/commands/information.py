"""DeviceInformation: the facts, each only with right, system and hardware for it."""

from collections.abc import Mapping

from mdm.simulator.commands.outcome import Outcome
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from profiles import plist
from profiles.commands.device_queries import DEVICE_QUERIES, DeviceQuery
from profiles.commands.vocabulary import AccessRight
from profiles.plist import PlistDict, WritableValue

_SYSTEM_GB = 18.5


def device_information(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Answer the queries; what may not or cannot be told is silently left out."""
    facts = _facts(ipad, channel)
    answered: dict[str, WritableValue] = {
        name: facts[name]
        for name in plist.texts(asked, "Queries")
        if name in facts and _may_tell(ipad, channel, DEVICE_QUERIES[name])
    }
    return Outcome({"QueryResponses": answered})


def _may_tell(ipad: SimulatedIpad, channel: Channel, query: DeviceQuery) -> bool:
    if ipad.enrolment is None:
        return False
    rights = AccessRight(ipad.enrolment.management.access_rights)
    hardware = ipad.hardware
    return (
        query.access_right in rights
        and query.minimum_ios is not None
        and hardware.version >= query.minimum_ios
        and (hardware.is_shared or not query.shared_ipad_only)
        and (hardware.is_supervised or not query.supervised)
        and (channel.is_user or not query.user_channel_only)
    )


def _facts(ipad: SimulatedIpad, channel: Channel) -> Mapping[str, WritableValue]:
    hardware = ipad.hardware
    facts: dict[str, WritableValue] = {
        "UDID": hardware.udid,
        "SerialNumber": hardware.serial_number,
        "DeviceName": ipad.settings.device_name,
        "OSVersion": hardware.os_version,
        "BuildVersion": hardware.build_version,
        "SupplementalBuildVersion": hardware.build_version,
        "ModelName": "iPad",
        "Model": hardware.model.removesuffix("/A"),
        "ModelNumber": hardware.model,
        "ProductName": hardware.product_name,
        "WiFiMAC": hardware.wifi_mac,
        "BluetoothMAC": hardware.bluetooth_mac,
        "IsSupervised": hardware.is_supervised,
        "IsMultiUser": hardware.is_shared,
        "SoftwareUpdateDeviceID": hardware.update_device_id,
        "EASDeviceIdentifier": hardware.serial_number[::-1],
        "ModemFirmwareVersion": "4.03.05" if hardware.has_cellular else "",
        "CellularTechnology": 3 if hardware.has_cellular else 0,
        "PushToken": channel.token,
    }
    return {name: value for name, value in (facts | _changing(ipad)).items() if value != ""}


def _changing(ipad: SimulatedIpad) -> dict[str, WritableValue]:
    apps = sum(app.store_app.size for app in ipad.apps if app.is_on_device) / 1e9
    others = ipad.settings.others
    return {
        "OrganizationInfo": ipad.settings.organization_info,
        "MDMOptions": ipad.settings.mdm_options,
        "AwaitingConfiguration": ipad.is_awaiting,
        "iTunesStoreAccountIsActive": False,
        "DeviceCapacity": ipad.hardware.capacity_gb,
        "AvailableDeviceCapacity": round(ipad.hardware.capacity_gb - _SYSTEM_GB - apps, 2),
        "BatteryLevel": round(ipad.battery, 2),
        "IsDeviceLocatorServiceEnabled": False,
        "IsActivationLockEnabled": False,
        "IsDoNotDisturbInEffect": False,
        "IsCloudBackupEnabled": False,
        "IsMDMLostModeEnabled": ipad.lost_message is not None,
        "DiagnosticSubmissionEnabled": others.get("DiagnosticSubmission", False),
        "AppAnalyticsEnabled": others.get("AppAnalytics", False),
        "TimeZone": ipad.settings.time_zone,
        "DataRoamingEnabled": others.get("DataRoaming", False),
        "PersonalHotspotEnabled": others.get("PersonalHotspot", False),
        "IsRoaming": False,
        "IsNetworkTethered": False,
        "ServiceSubscriptions": [],
        "MaximumResidentUsers": 32,
        "EstimatedResidentUsers": 8,
        "ResidentUsers": len(ipad.users),
        "QuotaSize": 4096,
    }
