"""What can be wrong with bytes in Apple's formats.

    ProfileError (ValueError)
    ├── MalformedPlist        the bytes are no property list that we accept
    ├── MalformedMessage      a key is missing, of the wrong kind, or holds an unknown value
    ├── CmsError              a CMS structure cannot be read, opened or made
    │   └── BadSignature      the structure reads well, and proves nothing
    ├── InvalidPayload        a profile or payload that must not be written
    ├── InvalidCommand        a command that must not be queued
    └── UnknownCommand        a RequestType that the catalogue does not have

No message repeats what a device or a person sent: bodies hold secrets and personal data.
"""


class ProfileError(ValueError):
    """Anything this package refuses."""


class MalformedPlist(ProfileError):
    """The bytes are not an acceptable XML property list.

    reason: a few constant words for logs, without content of the body.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MalformedMessage(ProfileError):
    """A readable property list lacks what its message must say.

    field: the key as Apple spells it; nested keys are joined with a full stop.
    """

    def __init__(self, field: str, problem: str = "missing or of the wrong kind") -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class CmsError(ProfileError):
    """A CMS message cannot be read, opened or written.

    reason: a few constant words for logs. Everything that goes wrong while a message is
    decrypted has one and the same reason, so that nobody can question the key with it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadSignature(CmsError):
    """No valid signature of the certificate that the message names."""


class _Refusal(ProfileError):
    def __init__(self, field: str, problem: str, next_step: str = "") -> None:
        super().__init__(f"{field}: {problem}" + (f" ({next_step})" if next_step else ""))
        self.field = field
        self.problem = problem
        self.next_step = next_step


class InvalidPayload(_Refusal):
    """A profile or one of its payloads breaks a rule.

    next_step: what the author can do about it, or empty.
    """


class InvalidCommand(_Refusal):
    """A command's parameters break a rule.

    next_step: what the sender can do about it, or empty.
    """


class UnknownCommand(ProfileError):
    """The catalogue has no such RequestType."""

    def __init__(self, request_type: str) -> None:
        super().__init__("unknown RequestType")
        self.request_type = request_type
