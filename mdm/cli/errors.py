"""How errors are told to whoever typed a command: one line, what is wrong and what to do."""

from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError

from enrollment.errors import EnrollmentError
from mdm.apple.errors import AppleError
from mdm.base.errors import HouseError
from policies.errors import PolicyError
from profiles.errors import ProfileError

_FORESEEN = (
    HouseError,
    ProfileError,
    EnrollmentError,
    PolicyError,
    AppleError,
    CommandError,
)


def sentence(error: Exception) -> str | None:
    """Put a foreseeable error into one line; None for one that nobody expected."""
    if isinstance(error, _FORESEEN):
        return " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, DBAPIError):
        return f"the database refused: {' '.join(str(error.orig).split())}"
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}"
    return None
