"""What can go wrong around a simulated iPad.

SimulatorError
├── Unreachable       no network, or the network lost a message
├── EnrolmentFailed   a person at the iPad would read that the profile cannot be installed
├── SyncDelayed       declarations cannot be fetched now; what is there stays, later again
│   └── BadDocument   because the server's answer breaks a rule, which is worth a complaint
└── DeviceError       the iPad refuses; domain and code as devices report them
"""

from collections.abc import Mapping
from types import MappingProxyType

from profiles.plist import WritableValue

_NOTHING: Mapping[str, WritableValue] = MappingProxyType({})


class SimulatorError(Exception):
    """Something around a simulated iPad went wrong."""


class Unreachable(SimulatorError):
    """A request or its answer got lost; the sender cannot tell which."""


class EnrolmentFailed(SimulatorError):
    """The iPad is not enrolled. status: of the answer that decided it, or None."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason if status is None else f"{reason} ({status})")
        self.reason = reason
        self.status = status


class SyncDelayed(SimulatorError):
    """Declarations cannot be fetched now."""


class BadDocument(SyncDelayed):
    """An answer about declarations breaks a rule. field: where."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field[:64]} {problem}")
        self.field = field
        self.problem = problem


class DeviceError(SimulatorError):
    """What a device answers with Status Error.

    domain, code: one link of the ErrorChain. body: further keys of the answer.
    """

    def __init__(
        self, domain: str, code: int, english: str, body: Mapping[str, WritableValue] = _NOTHING
    ) -> None:
        super().__init__(f"{domain} {code}: {english}")
        self.domain = domain
        self.code = code
        self.english = english
        self.body = body

    def chain(self) -> list[WritableValue]:
        """Write the ErrorChain of a German iPad."""
        return [
            {
                "ErrorDomain": self.domain,
                "ErrorCode": self.code,
                "LocalizedDescription": f"Fehler {self.code}",
                "USEnglishDescription": self.english,
            }
        ]
