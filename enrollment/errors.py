"""What can go wrong while an iPad joins, stays or leaves.

    EnrollmentError (ValueError)
    ├── MalformedCheckin       a check-in message cannot be used
    │   └── UnknownMessageType it may be a good message, and we do not know it
    ├── MalformedMachineInfo   a device's introduction cannot be read
    ├── MachineInfoRefused     it reads well, and Apple has not vouched for the device
    ├── CertificateRefused     an identity certificate may not speak here
    ├── KeyRefused             a public key is too weak to be certified
    ├── LinkRefused            an enrolment link does not admit
    ├── ChallengeRefused       a one-time challenge does not admit
    ├── ScepError              see `scep.py` and its neighbours
    └── InvalidEnrollmentProfile   a profile that could never work must not be handed out

None of these says what a device sent: bodies hold secrets and personal data. None says which
HTTP status to answer; the doors translate.
"""

from enum import StrEnum


class EnrollmentError(ValueError):
    """Anything this package refuses."""


class MalformedCheckin(EnrollmentError):
    """A check-in message cannot be used.

    field: the key as Apple spells it, or "body" if it is no property list.
    problem: a few constant words for logs.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class UnknownMessageType(MalformedCheckin):
    """The MessageType is none of those we know."""

    def __init__(self) -> None:
        super().__init__("MessageType", "unknown")


class MalformedMachineInfo(EnrollmentError):
    """A device's introduction cannot be read.

    field: the key as Apple spells it, or "body".
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class MachineInfoRefused(EnrollmentError):
    """The introduction is not signed by a genuine Apple device.

    reason: a few constant words for logs.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CertificateRefusal(StrEnum):
    """Why an identity certificate may not speak for the device it names."""

    NOT_ISSUED_BY_US = "not_issued_by_us"
    NOT_FOR_MANAGEMENT = "not_for_management"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    BOUND_ELSEWHERE = "bound_elsewhere"
    USED_BY_ANOTHER = "used_by_another"
    NOT_PINNED = "not_pinned"
    SUPERSEDED = "superseded"
    ENDED = "ended"
    RETIRED = "retired"


class CertificateRefused(EnrollmentError):
    """An identity certificate may not speak for the device it names."""

    def __init__(self, kind: CertificateRefusal) -> None:
        super().__init__(kind.value)
        self.kind = kind


class KeyRefused(EnrollmentError):
    """A public key is of a kind or size that we do not certify."""


class LinkRefusal(StrEnum):
    """Why an enrolment link does not admit."""

    EXPIRED = "expired"
    FORGED = "forged"
    USED_UP = "used_up"
    REVOKED = "revoked"
    WRONG_HOST = "wrong_host"


class LinkRefused(EnrollmentError):
    """An enrolment link does not admit."""

    def __init__(self, kind: LinkRefusal) -> None:
        super().__init__(kind.value)
        self.kind = kind


class ChallengeRefused(EnrollmentError):
    """A one-time challenge does not admit.

    Unknown, used and expired look the same on purpose: whoever guesses learns nothing.
    """

    def __init__(self) -> None:
        super().__init__("challenge refused")


class ScepError(EnrollmentError):
    """A SCEP request cannot be read or must be refused."""


class InvalidEnrollmentProfile(EnrollmentError):
    """The settings would give a profile that no iPad can enrol with.

    field: the setting concerned.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
