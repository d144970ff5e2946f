"""What can go wrong with Apple's services, as kinds a caller can act upon.

AppleError
├── CertificateUnusable     a certificate, key or request that cannot serve its purpose
├── SignedRequestUnreadable the answer of the signing service cannot be opened
└── ConnectionBroken        a connection cannot be opened or went on against the rules

A push never raises: what became of it is a value (mdm.apple.push.PushOutcome).
"""

from __future__ import annotations


class AppleError(Exception):
    """The root: something between us and Apple."""


class CertificateUnusable(AppleError):
    """A certificate, key or signing request is unreadable or unfit.

    field: which of the things handed in, for example `certificate` or `vendor_key`.
    problem: why, in words without content of the thing itself.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class SignedRequestUnreadable(AppleError):
    """The signed request that came by mail is no envelope for our key."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class ConnectionBroken(AppleError):
    """A connection is of no use any more.

    reason: one word for outcomes and logs.
    is_configuration: True if trying again cannot help until a person acts, for example because
        the other side refuses our certificate.
    """

    def __init__(self, reason: str, *, is_configuration: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_configuration = is_configuration
