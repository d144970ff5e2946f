"""The relay payload: connections to some domains go through a server of the school; iPadOS 17.

source: Apple, "Relay" payload documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import as_typed, require_some, require_uuid, stated
from profiles.payloads.web_address import require_https

PAYLOAD_TYPE = "com.apple.relay.managed"


@dataclass(frozen=True, slots=True)
class RelayServer:
    """One server, by HTTP/3 or HTTP/2 or both.

    headers: sent with every request, values taken literally; they may be secrets.
    raw_public_keys: DER, in place of certificates.
    """

    http3_url: str | None = None
    http2_url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    identity_uuid: str | None = None
    raw_public_keys: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.http3_url is None and self.http2_url is None:
            raise InvalidPayload("Relays", "a server has no address", "give HTTP3RelayURL")
        for key, url in (("HTTP3RelayURL", self.http3_url), ("HTTP2RelayURL", self.http2_url)):
            if url is not None:
                require_https(f"Relays.{key}", url)


@dataclass(frozen=True, slots=True)
class Relay:
    """Servers, each passing on to the next, and what goes through them.

    domains: empty: everything. Both lists mean subdomains too.
    relay_uuid: for apps that have it as an attribute.
    fall_back, switchable: None: as the iPad does; since iPadOS 26.
    raises: InvalidPayload.
    """

    servers: tuple[RelayServer, ...]
    domains: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    relay_uuid: str | None = None
    fall_back: bool | None = None
    switchable: bool | None = None

    def __post_init__(self) -> None:
        require_some("Relays", self.servers, "give at least one server")
        if self.relay_uuid is not None:
            require_uuid("RelayUUID", self.relay_uuid)


def relay_payload(relay: Relay, identifier: str, display_name: str = "Relay") -> Payload:
    """Write a relay as a payload.

    raises: InvalidPayload.
    """
    content = {
        "Relays": [_server(server) for server in relay.servers],
        "MatchDomains": relay.domains,
        "ExcludedDomains": relay.excluded,
        "RelayUUID": relay.relay_uuid,
        "AllowDNSFailover": relay.fall_back,
        "UIToggleEnabled": relay.switchable,
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, stated(content))


def _server(server: RelayServer) -> dict[str, Any]:
    return {
        "HTTP3RelayURL": server.http3_url,
        "HTTP2RelayURL": server.http2_url,
        "AdditionalHTTPHeaderFields": {k: as_typed(v) for k, v in server.headers.items()},
        "PayloadCertificateUUID": server.identity_uuid,
        "RawPublicKeys": server.raw_public_keys,
    }
