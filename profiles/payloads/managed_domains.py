"""The domains payload: which mail and web addresses belong to the school.

Documents from managed web domains count as managed; mail to other than managed mail domains is
marked. `example.org` does not mean its subdomains, `*.example.org` does.

source: Apple, "Domains" payload documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import require_app, require_distinct, require_some, stated

PAYLOAD_TYPE = "com.apple.domains"

_HOST = r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*"
_MAIL = re.compile(_HOST, re.ASCII | re.IGNORECASE)
_WEB = re.compile(rf"(https?://)?{_HOST}(:[0-9]{{1,5}})?(/\S*)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ManagedDomains:
    """Lists of domains; at least one of them.

    password_fill: sites for which Safari offers saved passwords; supervised.
    relaxed_tracking: sites, at most 10, that work only without protection against tracking;
        supervised, iPadOS 16.2.
    relaxed_tracking_apps: apps with the same trouble; supervised, iPadOS 18.
    raises: InvalidPayload.
    """

    mail: tuple[str, ...] = ()
    web: tuple[str, ...] = ()
    password_fill: tuple[str, ...] = ()
    relaxed_tracking: tuple[str, ...] = ()
    relaxed_tracking_apps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lists = _lists(self)
        entries = [domain for domains in lists.values() for domain in domains]
        require_some("WebDomains", (*entries, *self.relaxed_tracking_apps), "give a domain")
        for field, domains in lists.items():
            require_distinct(field, domains)
            _require(field, domains, _MAIL if field == "EmailDomains" else _WEB)
        for app in self.relaxed_tracking_apps:
            require_app("CrossSiteTrackingPreventionRelaxedApps", app)


def managed_domains_payload(
    domains: ManagedDomains, identifier: str, display_name: str = "Verwaltete Domains"
) -> Payload:
    """Write the domains as a payload; one per iPad.

    raises: InvalidPayload.
    """
    content = {
        **_lists(domains),
        "CrossSiteTrackingPreventionRelaxedApps": domains.relaxed_tracking_apps,
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, stated(content))


def _lists(domains: ManagedDomains) -> dict[str, tuple[str, ...]]:
    return {
        "EmailDomains": domains.mail,
        "WebDomains": domains.web,
        "SafariPasswordAutoFillDomains": domains.password_fill,
        "CrossSiteTrackingPreventionRelaxedDomains": domains.relaxed_tracking,
    }


def _require(field: str, domains: tuple[str, ...], form: re.Pattern[str]) -> None:
    for place, domain in enumerate(domains):
        if not form.fullmatch(domain):
            raise InvalidPayload(f"{field}[{place}]", "is no domain", "write it like *.example.org")
