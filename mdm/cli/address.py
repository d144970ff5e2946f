"""Where the web server listens, and under which address iPads and people reach it."""

import socket
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from mdm.base.errors import HouseError, InvalidInput


class PortTaken(HouseError):
    """Somebody else listens where we were told to."""


@dataclass(frozen=True, slots=True)
class Address:
    """host and port to listen on. public_url: without a slash at its end.

    is_tls_here: whether we speak TLS ourselves; a proxy may do it in front of us.
    """

    host: str
    port: int
    public_url: str
    is_tls_here: bool = False

    @property
    def local_url(self) -> str:
        """How this machine reaches it."""
        host = "127.0.0.1" if _is_everywhere(self.host) else self.host
        scheme = "https" if self.is_tls_here else "http"
        return f"{scheme}://{_bracketed(host)}:{self.port}"

    @property
    def names(self) -> list[str]:
        """Every name the server goes by, for its certificate."""
        public = urlsplit(self.public_url).hostname or self.host
        named = [public, "127.0.0.1", "localhost"]
        if not _is_everywhere(self.host):
            named.append(self.host)
        return sorted(set(named))


def choose_address(host: str, port: int, public_url: str | None, *, tls: bool) -> Address:
    """Settle host, port and public address; port 0 takes a free one.

    public_url: as told by a person, None to take it from host and port.
    raises: PortTaken, InvalidInput (https and --tls do not agree, no address for iPads).
    """
    if public_url is None and _is_everywhere(host):
        raise InvalidInput(
            "--public-url", f"{host} is no address that an iPad could open", "Say it."
        )
    port = _free_port(host, port)
    scheme = "https" if tls else "http"
    url = (public_url or f"{scheme}://{_bracketed(host)}:{port}").rstrip("/")
    if tls and not url.startswith("https://"):
        raise InvalidInput("--public-url", "with --tls it has to begin with https://")
    return Address(host, port, url, tls)


def _free_port(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"cannot listen on {host}:{port}: {error.strerror}") from error
        return int(probe.getsockname()[1])


def _is_everywhere(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
