"""Where a request came from, when proxies stand before us.

Here: which of the addresses told is believed. Not here: what an address may do (each door).
"""

from ipaddress import IPv6Address, ip_address, ip_network

from mdm.base.settings import Network


def client_address(peer: str | None, forwarded: str, proxies: tuple[Network, ...]) -> str:
    """The address of whoever asks; what a proxy says is believed only of a listed one.

    peer: the other end of the connection. forwarded: the header X-Forwarded-For, of which
        anybody may send a forged beginning.
    """
    address = peer or "unknown"
    for hop in reversed(forwarded.split(",")):
        if not _is_listed(address, proxies) or not _is_address(hop.strip()):
            return address
        address = hop.strip()
    return address


def origin(address: str) -> str:
    """One who asks: with IPv6 a whole network, since every machine has endless addresses."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return address


def _is_listed(address: str, proxies: tuple[Network, ...]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
