"""Requests, responses and conversations, without a network.

Everything an iPad does over HTTP is a generator that yields requests and is sent responses. It
neither waits nor sleeps; what carries it may be a socket (`http`), a test's function, or a network
that loses things (`dialogue`, `faults`). A conversation is told of a loss by `Unreachable`.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias, TypeVar
from urllib.parse import urljoin

from mdm.simulator.errors import Unreachable

T = TypeVar("T")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Request:
    """One request. headers: without Host and Content-Length."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """One response. headers: names in lower case."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is any of 2xx, which is what devices look for."""
        return 200 <= self.status < 300

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


Conversation: TypeAlias = Generator[Request, Response, T]


def send(request: Request) -> Conversation[Response]:
    """Send one request and follow redirects, which are never remembered.

    raises: Unreachable (also for a circle of redirects).
    """
    for _ in range(_MOST_REDIRECTS):
        response = yield request
        target = response.headers.get("location")
        if response.status not in _REDIRECTS or target is None:
            return response
        request = replace(request, url=urljoin(request.url, target))
    raise Unreachable("too many redirects")
