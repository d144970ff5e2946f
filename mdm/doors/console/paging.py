"""Numbers out of the query string, and pages of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from flask import request

from mdm.base.errors import InvalidInput

PAGE_SIZE = 50
_LAST_PAGE = 100_000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. number: counted from 1. total: rows on all pages. size: of one page."""

    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))

    def of(self, everything: Sequence[_T]) -> Sequence[_T]:
        """What stands on this page, out of a list that is at hand anyway."""
        return everything[self.offset : self.offset + self.size]


def query_number(name: str) -> int | None:
    """A whole number of the query string; None when it is absent or empty.

    raises: InvalidInput (anything else than digits, or too many of them).
    """
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise InvalidInput(name, "a whole number is needed")
    return int(text)


def wanted_page() -> int:
    """The page a person wants, from 1."""
    return min(max(1, query_number("page") or 1), _LAST_PAGE)
