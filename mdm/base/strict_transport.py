"""Telling browsers to come back by TLS only, where the house is reached by it.

Here: the header. Not here: which answers bear it (each door that serves pages).
source: RFC 6797 §6.1.
"""

from collections.abc import Mapping

from mdm.base.settings import Settings

_ONE_YEAR = {"Strict-Transport-Security": "max-age=31536000"}


def strict_transport(settings: Settings) -> Mapping[str, str]:
    """The headers that say so; none when the public address is plain HTTP, as in a trial."""
    return _ONE_YEAR if settings.public_url.startswith("https://") else {}
