"""What an iPad is from the factory on, and the habits of its system.

Nothing here changes by an erase, and only the version by an update of the system. Serial numbers
and UDIDs are fictional: no Apple device has a serial number that begins with SIM.
"""

from dataclasses import dataclass

from mdm.simulator.releases import build_of
from profiles.cms import SignatureForm
from profiles.commands.device_facts import DeviceFacts
from profiles.commands.vocabulary import AccessRight, Channel
from profiles.schema.os_version import OsVersion

_CHIP = 0x8030
_PRODUCTS = (
    ("iPad12,1", "MK2K3", 64.0),
    ("iPad13,18", "MPQ03", 64.0),
    ("iPad14,1", "MK7M3", 256.0),
)
_VERSIONS = ("18.6", "17.7.10", "26.1", "16.7.12", "18.5", "26.0", "27.0")


@dataclass(frozen=True, slots=True)
class Hardware:
    """One iPad.

    os_version: as reported, 16 to 27. build: None: that of the version.
    is_supervised: as if prepared with Configurator.
    is_shared: a Shared iPad. is_ade: came by Automated Device Enrollment.
    has_cellular: stays on-line without any WLAN.
    capacity_gb: decimal gigabytes.
    """

    serial_number: str
    udid: str
    product_name: str = "iPad12,1"
    model: str = "MK2K3FD/A"
    os_version: str = "18.6"
    capacity_gb: float = 64.0
    wifi_mac: str = "02:00:00:00:00:01"
    bluetooth_mac: str = "02:00:00:00:80:01"
    is_supervised: bool = True
    is_shared: bool = False
    is_ade: bool = False
    has_cellular: bool = False
    build: str | None = None

    @property
    def version(self) -> OsVersion:
        """The version of the system, to compare."""
        return OsVersion.parse(self.os_version)

    @property
    def build_version(self) -> str:
        """A build as Apple numbers them."""
        return self.build or build_of(self.os_version)

    @property
    def update_device_id(self) -> str:
        """The name under which Apple lists updates for it."""
        return self.product_name

    def facts(self, rights: int, *, is_user: bool, is_lost: bool, is_awaiting: bool) -> DeviceFacts:
        """Sum up what decides whether a command suits this iPad."""
        return DeviceFacts(
            os_version=self.version,
            supervised=self.is_supervised,
            shared_ipad=self.is_shared,
            ade=self.is_ade,
            access_rights=AccessRight(rights),
            channel=Channel.USER if is_user else Channel.DEVICE,
            lost_mode=is_lost,
            awaiting_configuration=is_awaiting,
        )


def hardware_of(number: int, prefix: str = "SIMF", os_version: str | None = None) -> Hardware:
    """Make up the iPad of a number; the same number is always the same iPad.

    prefix: of the serial number, four capital letters. os_version: None: one of several in turn.
    """
    product, model, capacity = _PRODUCTS[number % len(_PRODUCTS)]
    low, middle, high = number & 0xFF, (number >> 8) & 0xFF, (number >> 16) & 0x7F
    tail = sum(ord(letter) << 8 * place for place, letter in enumerate(prefix[:4]))
    return Hardware(
        serial_number=f"{prefix}{number:08d}",
        udid=f"{_CHIP:08X}-{tail:08X}{number:08X}",
        product_name=product,
        model=f"{model}FD/A",
        os_version=os_version or _VERSIONS[number % len(_VERSIONS)],
        capacity_gb=capacity,
        wifi_mac=f"02:00:00:{high:02x}:{middle:02x}:{low:02x}",
        bluetooth_mac=f"02:00:00:{high | 0x80:02x}:{middle:02x}:{low:02x}",
    )


@dataclass(frozen=True, slots=True)
class Habits:
    """How a system goes about things, where releases differ or a test wants it otherwise.

    signature_form: of Mdm-Signature.
    install_steps: how many connections or ticks an app needs from queued to managed.
    boot_ticks: how long a restart takes. retry_ticks: until an undelivered answer is tried again.
    joins_wlan_locked: joins its WLAN before it was unlocked for the first time after a restart.
    polls_after_boot: connects after a restart without being woken; no server may rely on it.
    """

    signature_form: SignatureForm = SignatureForm.APPLE_LEGACY
    install_steps: int = 2
    boot_ticks: int = 2
    retry_ticks: int = 3
    joins_wlan_locked: bool = False
    polls_after_boot: bool = False
