"""Books: install, remove, list."""

from profiles.commands.parameters import ExactlyOne, Form, Kind, Needs, Parameter, version
from profiles.commands.specification import CommandSpec
from profiles.commands.vocabulary import AccessRight, AnswerKind, Danger, Proof

_MEDIA_TYPE = Parameter("MediaType", Kind.STRING, required=True, choices=("Book",))
_PERSISTENT_ID = Parameter("PersistentID", Kind.STRING, form=Form.BUNDLE_IDENTIFIER)

INSTALL_MEDIA = CommandSpec(
    "InstallMedia",
    version("8.0"),
    None,
    parameters=(
        _MEDIA_TYPE,
        Parameter("iTunesStoreID", Kind.INTEGER, at_least=1),
        Parameter("MediaURL", Kind.STRING, form=Form.HTTPS_URL),
        _PERSISTENT_ID,
        Parameter("Kind", Kind.STRING, choices=("pdf", "epub", "ibooks")),
        Parameter("Version", Kind.STRING, at_least=1),
        Parameter("Author", Kind.STRING),
        Parameter("Title", Kind.STRING),
    ),
    rules=(ExactlyOne(("iTunesStoreID", "MediaURL")), Needs("MediaURL", "PersistentID")),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    answer=AnswerKind.BOOK_INSTALLATION,
    proof=Proof.BY_BOOK_LIST,
)

REMOVE_MEDIA = CommandSpec(
    "RemoveMedia",
    version("8.0"),
    None,
    parameters=(
        _MEDIA_TYPE,
        # A string here, although InstallMedia has an integer under the same name.
        Parameter("iTunesStoreID", Kind.STRING, at_least=1),
        _PERSISTENT_ID,
    ),
    rules=(ExactlyOne(("iTunesStoreID", "PersistentID")),),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    danger=Danger.DISRUPTIVE,
    danger_reason="Notes and marks in the book go with it.",
    proof=Proof.BY_BOOK_LIST,
)

MANAGED_MEDIA_LIST = CommandSpec(
    "ManagedMediaList",
    version("8.0"),
    None,
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    answer=AnswerKind.BOOKS,
    allowed_awaiting_configuration=True,
)

BOOKS = (INSTALL_MEDIA, REMOVE_MEDIA, MANAGED_MEDIA_LIST)
