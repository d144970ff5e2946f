"""Rules by which an iPad connects by itself: the first that fits the network decides.

Here: the rules that VPN and DNS payloads share. Not here: those payloads.

source: Apple, "OnDemandRulesElement" of the VPN and DNSSettings payload documentation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_addresses, require_some, stated
from profiles.payloads.web_address import require_web
from profiles.variables import literal


class Action(Enum):
    """What a rule makes the iPad do; DNS knows only the first three."""

    CONNECT = "Connect"
    DISCONNECT = "Disconnect"
    EVALUATE = "EvaluateConnection"
    IGNORE = "Ignore"
    ALLOW = "Allow"


class Interface(Enum):
    """The kinds of networks a rule may be about."""

    ETHERNET = "Ethernet"
    WIFI = "WiFi"
    CELLULAR = "Cellular"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What to do for some domains: connect when they cannot be reached otherwise, or never.

    dns_servers, probe_url: how to find out whether they can be reached; only when connecting,
        and not in DNS payloads.
    """

    domains: tuple[str, ...]
    connect_if_needed: bool = True
    dns_servers: tuple[str, ...] = ()
    probe_url: str | None = None

    def __post_init__(self) -> None:
        field = "OnDemandRules.ActionParameters"
        require_some(f"{field}.Domains", self.domains, "give at least one domain")
        require_addresses(f"{field}.RequiredDNSServers", self.dns_servers)
        if not self.connect_if_needed and (self.dns_servers or self.probe_url):
            raise InvalidPayload(
                f"{field}.DomainAction", "never connects, so nothing need be asked", "leave it out"
            )


@dataclass(frozen=True, slots=True)
class OnDemandRule:
    """One rule; it fits when everything that it names does, and always when it names nothing.

    ssids: taken literally. probe_url: must answer with 200.
    raises: InvalidPayload.
    """

    action: Action
    ssids: tuple[str, ...] = ()
    dns_domains: tuple[str, ...] = ()
    dns_servers: tuple[str, ...] = ()
    interface: Interface | None = None
    probe_url: str | None = None
    evaluations: tuple[Evaluation, ...] = ()

    def __post_init__(self) -> None:
        if (self.action is Action.EVALUATE) != bool(self.evaluations):
            raise InvalidPayload(
                "OnDemandRules.ActionParameters",
                "go with EvaluateConnection, and only with it",
                "give both or neither",
            )
        if self.probe_url is not None:
            require_web("OnDemandRules.URLStringProbe", self.probe_url)


def rule_keys(rules: Iterable[OnDemandRule]) -> list[dict[str, Any]]:
    """Write rules in their order."""
    return [
        stated(
            {
                "Action": rule.action,
                "SSIDMatch": [literal(ssid) for ssid in rule.ssids],
                "DNSDomainMatch": rule.dns_domains,
                "DNSServerAddressMatch": rule.dns_servers,
                "InterfaceTypeMatch": rule.interface,
                "URLStringProbe": rule.probe_url,
                "ActionParameters": [_evaluation(one) for one in rule.evaluations],
            }
        )
        for rule in rules
    ]


def _evaluation(one: Evaluation) -> dict[str, Any]:
    return {
        "Domains": one.domains,
        "DomainAction": "ConnectIfNeeded" if one.connect_if_needed else "NeverConnect",
        "RequiredDNSServers": one.dns_servers,
        "RequiredURLStringProbe": one.probe_url,
    }
