"""What is wrong with a profile, told to whoever saves it.

Here: the one translation of the profiles' own errors. Not here: sentences in German (the console).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from mdm.base.errors import InvalidInput
from profiles.errors import BadSignature, CmsError, InvalidPayload, MalformedMessage, MalformedPlist


@contextmanager
def explained() -> Iterator[None]:
    """Let what is wrong with a profile be a wrong input of whoever saves it."""
    try:
        yield
    except InvalidPayload as error:
        raise InvalidInput(error.field, error.problem, error.next_step) from error
    except MalformedMessage as error:
        raise InvalidInput(error.field, error.problem) from error
    except BadSignature as error:
        hint = f"Have it signed once more ({error.reason})."
        raise InvalidInput("profile", "has a wrong signature", hint) from error
    except CmsError as error:
        hint = f"Export it unencrypted, as XML or signed ({error.reason})."
        raise InvalidInput("profile", "is encrypted, or signed unreadably", hint) from error
    except MalformedPlist as error:
        hint = f"Export it as a property list in XML ({error.reason})."
        raise InvalidInput("profile", "is not XML", hint) from error
