"""What can be wrong with facts and wishes.

PolicyError (ValueError)
├── InvalidWish         a wish, an order or a fact that contradicts itself
├── InvalidSetting      a setting of a blueprint that must not be saved
├── InvalidRule         a rule of a smart group that says nothing, or goes round in a circle
├── InvalidOperation    an operation of a change plan that contradicts itself
├── InvalidStored       a stored value that cannot be read
└── InvalidScenario     a line of a text scenario that says nothing we understand
"""


class PolicyError(ValueError):
    """Anything this package refuses to judge."""


class _AtField(PolicyError):
    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class _ByAuthor(PolicyError):
    def __init__(self, field: str, problem: str, next_step: str = "") -> None:
        super().__init__(f"{field}: {problem}" + (f" ({next_step})" if next_step else ""))
        self.field = field
        self.problem = problem
        self.next_step = next_step


class InvalidWish(_AtField):
    """A value that nobody could mean.

    field: the name of the attribute. problem: a few constant words.
    """


class InvalidSetting(_ByAuthor):
    """A setting of a blueprint breaks a rule.

    field: its path, such as `settings[2].payload.MinimumLength`; empty for the whole of it.
    next_step: what its author can do about it, or empty.
    """


class InvalidRule(_ByAuthor):
    """A rule of a smart group cannot be used.

    field: its path, such as `all[1].os_version.below`; empty for the whole rule.
    next_step: what its author can do about it, or empty.
    """


class InvalidOperation(_AtField):
    """An operation of a change plan that nobody could mean.

    field: the path of the attribute. problem: a few constant words.
    """


class InvalidStored(_AtField):
    """A stored value cannot be read. field: its path. problem: a few constant words."""


class InvalidScenario(PolicyError):
    """A line of a scenario cannot be read.

    line: counted from 1. field: the word that was expected there.
    """

    def __init__(self, line: int, field: str, problem: str) -> None:
        super().__init__(f"line {line}: {field}: {problem}")
        self.line = line
        self.field = field
        self.problem = problem
