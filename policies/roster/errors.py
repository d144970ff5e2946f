"""What can be wrong with a roster as a whole; single rows are problems, not errors.

RosterError (PolicyError)
├── InvalidRoster       a value that contradicts itself: two rows of one key, a lost reference
├── InvalidMapping      a column mapping that nobody could mean
└── UnreadableRoster    a file that is refused before its rows are judged
"""

from __future__ import annotations

from enum import StrEnum

from policies.errors import PolicyError


class RosterError(PolicyError):
    """Anything this package refuses."""


class InvalidRoster(RosterError):
    """A roster that contradicts itself.

    kind: persons, classes … problem: a few constant words. key: of the value, never a name.
    """

    def __init__(self, kind: str, problem: str, key: str = "") -> None:
        super().__init__(f"{kind}: {problem}: {key}")
        self.kind = kind
        self.problem = problem
        self.key = key


class InvalidMapping(RosterError):
    """A column mapping names a field twice, or one that does not exist."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class Unreadable(StrEnum):
    """Why a file is refused as a whole."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"  # detail: the limit in bytes
    TOO_MANY_ROWS = "too_many_rows"  # detail: the limit
    NOT_TEXT = "not_text"  # binary, or no encoding we know
    NUL_BYTE = "nul_byte"
    NOT_AN_ARCHIVE = "not_an_archive"
    ARCHIVE_TOO_LARGE = "archive_too_large"  # detail: the limit in bytes or files
    DUPLICATE_FILE = "duplicate_file"  # two of one name in an archive
    ENCRYPTED = "encrypted"
    NO_ROWS = "no_rows"  # only a header
    DUPLICATE_COLUMN = "duplicate_column"  # field: the heading
    MISSING_COLUMN = "missing_column"  # field: the heading or the field nobody mapped
    MISSING_FILE = "missing_file"  # field: the name of the file
    UNKNOWN_VERSION = "unknown_version"  # detail: the version
    NOT_BULK = "not_bulk"  # only whole rosters are read, not what changed since
    BROKEN_TABLE = "broken_table"  # a quote without its end, a cell beyond all limits


class UnreadableRoster(RosterError):
    """A file is refused before its rows are judged.

    file: its name inside an archive, empty for the file itself. line: counted from 1, 0 for the
    whole file. field: a heading or a field. detail: a number or word for the next step.
    """

    def __init__(
        self, kind: Unreadable, file: str = "", line: int = 0, field: str = "", detail: str = ""
    ) -> None:
        super().__init__(f"{file or 'file'}, line {line}: {kind} {field} {detail}".rstrip())
        self.kind = kind
        self.file = file
        self.line = line
        self.field = field
        self.detail = detail
