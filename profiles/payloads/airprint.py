"""The AirPrint payload: printers that an iPad finds without looking around.

source: Apple, "AirPrint" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import require_distinct, require_host, require_some, stated

PAYLOAD_TYPE = "com.apple.airprint"


@dataclass(frozen=True, slots=True)
class Printer:
    """One printer.

    host: address or name. path: as the printer tells it, like ipp/print.
    port: None: the usual one.
    raises: InvalidPayload.
    """

    host: str
    path: str = "ipp/print"
    port: int | None = None
    force_tls: bool = False

    def __post_init__(self) -> None:
        require_host("AirPrint.IPAddress", self.host)
        if not self.path or self.path.startswith("/") or not self.path.isprintable():
            raise InvalidPayload(
                "AirPrint.ResourcePath", "is empty or begins with a stroke", "write ipp/print"
            )
        if self.port == 0:
            raise InvalidPayload("AirPrint.Port", "is zero", "give 1 to 65535, or leave it out")


def airprint_payload(
    printers: tuple[Printer, ...], identifier: str, display_name: str = "Drucker"
) -> Payload:
    """Write printers as a payload.

    raises: InvalidPayload when there is none, or one comes twice.
    """
    require_some("AirPrint", printers, "give at least one printer")
    require_distinct("AirPrint", (f"{p.host}:{p.port}/{p.path}" for p in printers))
    content = {
        "AirPrint": [
            stated(
                {
                    "IPAddress": printer.host,
                    "ResourcePath": printer.path,
                    "Port": printer.port,
                    "ForceTLS": printer.force_tls,
                }
            )
            for printer in printers
        ]
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, content)
