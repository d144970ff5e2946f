"""The answers to ManagedMediaList and InstallMedia."""

from dataclasses import dataclass

from profiles import plist
from profiles.commands.answers.fields import Fields, Listing, Values, read_list


@dataclass(frozen=True, slots=True)
class ManagedBook:
    """One managed book. store_id and persistent_id: at least one names it.

    state: Apple's word, such as `Managed`, `Installed`, `Failed`.
    """

    store_id: str | None
    persistent_id: str | None
    state: str | None
    kind: str | None
    version: str | None
    author: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class BookInstallation:
    """How the installation of a book begins. rejection: Apple's word, with an error."""

    state: str | None
    rejection: str | None


def read_books(body: Values) -> Listing[ManagedBook]:
    """Read `Books`; members that nothing names are left out.

    raises: MalformedMessage, if it is missing or no array.
    """
    return read_list(body, "Books", _book)


def read_book_installation(body: Values) -> BookInstallation:
    """Read the answer to InstallMedia, acknowledged or not."""
    fields = Fields(body)
    return BookInstallation(fields.text("State"), fields.text("RejectionReason"))


def _book(fields: Fields) -> ManagedBook | None:
    store_id, persistent_id = _store_id(fields.values), fields.text("PersistentID")
    if store_id is None and persistent_id is None:
        return None
    return ManagedBook(
        store_id=store_id,
        persistent_id=persistent_id,
        state=fields.text("State"),
        kind=fields.text("Kind"),
        version=fields.text("Version"),
        author=fields.text("Author"),
        title=fields.text("Title"),
    )


def _store_id(values: Values) -> str | None:
    # Sent as an integer or as a string, depending on the system.
    value: plist.PlistValue | None = values.get("iTunesStoreID")
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if value and (is_number or isinstance(value, str)) else None
