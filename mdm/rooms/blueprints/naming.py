"""The identifiers of our profiles: below one prefix, by school, kind and name.

An identifier never changes: an iPad takes another one for another profile.
"""

import re
import unicodedata

from mdm.base.errors import InvalidInput
from mdm.rooms.schools.models import School
from profiles.identifiers import payload_identifier

# Whatever this server installs is named below it, the profile that enrols included.
HOUSE_PREFIX = "org.klassensatz"
PROFILE_PREFIX = f"{HOUSE_PREFIX}.profile"
# No school's number begins with an underscore.
_CITY = "_city"
_LONGEST_NAME = 120
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_OTHER = re.compile(r"[^a-z0-9]+")


def clean_name(text: str) -> str:
    """A profile's name without superfluous blanks. raises: InvalidInput (empty, too long)."""
    name = " ".join(text.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput("name", f"a name of 1 to {_LONGEST_NAME} characters is needed")
    return name


def profile_identifier(school: School | None, part: str, name: str) -> str:
    """The identifier of a school's or the city's profile, say ….12.wifi.schule-nord.

    raises: InvalidInput, when nothing of the name can be written in an identifier.
    """
    slug = _slug(name)
    if not slug:
        raise InvalidInput("name", "needs a letter or digit", "For example WLAN Haus A.")
    return payload_identifier(PROFILE_PREFIX, school.number if school else _CITY, part, slug)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().translate(_GERMAN))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _OTHER.sub("-", letters).strip("-")
