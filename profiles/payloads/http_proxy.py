"""The global proxy payload: all HTTP of an iPad goes through it, in every network.

Here: a fixed proxy, or one found by a script. A wrong value cuts the iPad off from its own
management, though not from Apple's push. Not here: the proxy of one network (Wi-Fi payload).

source: Apple, "GlobalHTTPProxy" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import as_typed, require_host, stated
from profiles.payloads.web_address import require_web

PAYLOAD_TYPE = "com.apple.proxy.http.global"


@dataclass(frozen=True, slots=True)
class FixedProxy:
    """One proxy for everything.

    port: 1 to 65535. password: taken literally, only with a user name.
    """

    server: str
    port: int
    user_name: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        require_host("ProxyServer", self.server)
        if self.port == 0:
            raise InvalidPayload("ProxyServerPort", "is zero", "give 1 to 65535")
        if self.password is not None and self.user_name is None:
            raise InvalidPayload("ProxyPassword", "has no user name", "give ProxyUsername as well")


@dataclass(frozen=True, slots=True)
class ScriptedProxy:
    """A proxy told by a script (PAC).

    direct_without_script: connect directly when the script is missing.
    """

    script_url: str
    direct_without_script: bool = False

    def __post_init__(self) -> None:
        require_web("ProxyPACURL", self.script_url)


@dataclass(frozen=True, slots=True)
class GlobalProxy:
    """The proxy, and whether sign-in pages of foreign networks may bypass it."""

    proxy: FixedProxy | ScriptedProxy
    allow_captive_login: bool = False


def global_proxy_payload(
    settings: GlobalProxy, identifier: str, display_name: str = "HTTP-Proxy"
) -> Payload:
    """Write the proxy as a payload.

    raises: InvalidPayload.
    """
    content = {
        **_proxy(settings.proxy),
        "ProxyCaptiveLoginAllowed": settings.allow_captive_login,
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, stated(content))


def _proxy(proxy: FixedProxy | ScriptedProxy) -> dict[str, Any]:
    match proxy:
        case FixedProxy():
            return {
                "ProxyType": "Manual",
                "ProxyServer": proxy.server,
                "ProxyServerPort": proxy.port,
                "ProxyUsername": proxy.user_name,
                "ProxyPassword": as_typed(proxy.password),
            }
        case ScriptedProxy():
            return {
                "ProxyType": "Auto",
                "ProxyPACURL": proxy.script_url,
                "ProxyPACFallbackAllowed": proxy.direct_without_script,
            }
