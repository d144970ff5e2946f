"""What can go wrong in the house itself.

HouseError
├── SettingsError        a setting is unknown, missing or unreadable
├── VaultError
│   ├── MissingMasterKey no key was given, or the file does not exist
│   ├── WrongMasterKey   the key does not open what is stored
│   └── SealBroken       a sealed value was altered, or belongs to another row
├── NotFound             there is no such thing, or this person may not see it
├── Forbidden            the person may see it, but not do this
├── Conflict             somebody else was first, or a rule of the table says no
└── InvalidInput         a value cannot be accepted; names field, problem, next step
"""


class HouseError(Exception):
    """Something the house can name went wrong."""


class SettingsError(HouseError):
    """A setting is unknown, missing or unreadable."""


class VaultError(HouseError):
    """A secret could not be sealed or opened."""


class MissingMasterKey(VaultError):
    """No master key was given, or its file does not exist."""


class WrongMasterKey(VaultError):
    """The master key does not open what is stored."""


class SealBroken(VaultError):
    """A sealed value was altered, or belongs to another row."""


class NotFound(HouseError):
    """There is no such thing, or this person may not see it. Both look alike on purpose."""

    def __init__(self, kind: str, name: str = "") -> None:
        super().__init__(f"no {kind} {name}".rstrip())
        self.kind = kind
        self.name = name


class Forbidden(HouseError):
    """The person may see the thing, but may not do this with it."""

    def __init__(self, act: str) -> None:
        super().__init__(f"not allowed: {act}")
        self.act = act


class Conflict(HouseError):
    """Somebody else was first, or a rule of the table refuses it."""


class InvalidInput(HouseError):
    """A value cannot be accepted.

    field: the name the person knows. problem: English words that go on from it. next_step: a
    sentence, or words that go on.
    """

    def __init__(self, field: str, problem: str, next_step: str = "") -> None:
        super().__init__(f"{field}: {problem}{then(problem, next_step)}")
        self.field = field
        self.problem = problem
        self.next_step = next_step


def then(problem: str, next_step: str) -> str:
    """What follows a problem: its next step with the mark before it, or nothing."""
    if not next_step:
        return ""
    if problem.endswith((".", "!", "?")):
        return f" {next_step}"
    return f"{';' if next_step[0].islower() else '.'} {next_step}"
