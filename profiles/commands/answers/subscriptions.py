"""Mobile subscriptions, one per SIM, as DeviceInformation lists them."""

from dataclasses import dataclass

from profiles.commands.answers.fields import Fields


@dataclass(frozen=True, slots=True)
class ServiceSubscription:
    """One SIM. slot: `CTSubscriptionSlotOne` or `…Two`."""

    slot: str | None
    label: str | None
    imei: str | None
    meid: str | None
    eid: str | None
    iccid: str | None
    phone_number: str | None
    current_carrier: str | None
    subscriber_carrier: str | None
    carrier_settings_version: str | None
    is_data_preferred: bool | None
    is_voice_preferred: bool | None
    is_roaming: bool | None


def read_subscription(fields: Fields) -> ServiceSubscription:
    """Read one member of `ServiceSubscriptions`."""
    return ServiceSubscription(
        slot=fields.text("Slot"),
        label=fields.text("Label"),
        imei=fields.text("IMEI"),
        meid=fields.text("MEID"),
        eid=fields.text("EID"),
        iccid=fields.text("ICCID"),
        phone_number=fields.text("PhoneNumber"),
        current_carrier=fields.text("CurrentCarrierNetwork"),
        subscriber_carrier=fields.text("SubscriberCarrierNetwork"),
        carrier_settings_version=fields.text("CarrierSettingsVersion"),
        is_data_preferred=fields.flag("IsDataPreferred"),
        is_voice_preferred=fields.flag("IsVoicePreferred"),
        is_roaming=fields.flag("IsRoaming"),
    )
