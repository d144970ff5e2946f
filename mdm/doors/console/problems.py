"""What is wrong with an input, in words: the field, and the problem as the rooms name it.

Rooms and the floors below speak English and in constant words. Here: what the console says of them
in words of its own, and how the others (problem_words.py, next_step_words.py) are found; what is
nowhere is shown as it came, which is better than nothing. Not here: problems that a form finds by
itself (its own messages), error pages (errors.py).
"""

import re
from collections.abc import Collection, Iterable, Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from mdm.base.errors import InvalidInput, then
from mdm.doors.console import next_step_words, problem_words
from mdm.doors.console.words import Text

_PROBLEMS: Mapping[str, Text] = {
    "is no longer in use": _l("is no longer in use"),
    "belongs to another school": _l("belongs to another school"),
    "does not exist": _l("does not exist"),
    "is empty": _l("is empty"),
    "has passed already": _l("has passed already"),
    "is not after the start": _l("is not after the beginning"),
    "are none": _l("there is nothing in it"),
    "is no version": _l("is no version"),
    "is no bundle identifier": _l("is no bundle identifier"),
    "names no app of the library": _l("names no app of the library"),
    "names no profile of this library": _l("names no profile of this library"),
    "says nothing": _l("says nothing"),
    "must be whole seconds without a time zone": _l("must be a time without seconds"),
    "is not XML": _l("is no profile in XML form"),
    "has a wrong signature": _l("has a wrong signature"),
    "is encrypted, or signed unreadably": _l("is encrypted, or its signature cannot be read"),
    "is signed or encrypted once more inside": _l("is signed or encrypted once more inside"),
    "is larger than 8 MiB": _l("is larger than 8 MiB"),
    "would take the iPad to another management": _l("would take the iPad to another management"),
    "would let a password decide what is removed": _l(
        "would let a password decide what is removed"
    ),
    "would enrol the iPad elsewhere": _l("would enrol the iPad elsewhere"),
    "would lock the iPad into one app for good": _l("would lock the iPad into one app for good"),
    "is a profile inside the profile": _l("is a profile inside the profile"),
    "readable for one device only": _l("is encrypted, and readable for one device only"),
    "belongs to this server": _l("is an identifier that belongs to this server"),
    "names a file beside this one": _l(
        "names another file, and only one is uploaded: make one profile of both with "
        "mdm payload build, and upload that"
    ),
}

# mdm.base.toml_text puts it behind a problem.
_PLACE = re.compile(r" \((in the part that begins in )?line (\d+)\)$")


def problem_text(error: InvalidInput) -> str:
    """The field and its problem, with its line and the next step.

    A next step that has no words of its own here is left out, unless the problem has none either.
    """
    words, place = _apart(error.problem)
    known, step = _problem(words), error.next_step
    if known is not None:
        step = _in_words(step, next_step_words.STEPS, next_step_words.PATTERNS) or ""
    problem = f"{words if known is None else known}{place}"
    text = f"{error.field}: {problem}" if error.field else problem
    return text + then(text, step)


def problem_alone(error: InvalidInput) -> str:
    """The problem without its field, for a page that shows it there."""
    return problem_text(InvalidInput("", error.problem, error.next_step))


def _problem(words: str) -> str | None:
    if words in _PROBLEMS:
        return str(_PROBLEMS[words])
    return _in_words(words, problem_words.PROBLEMS, problem_words.PATTERNS)


def _in_words(
    text: str, known: Collection[str], patterns: Iterable[tuple[re.Pattern[str], str]]
) -> str | None:
    """A text in the language of the page; None when there is none."""
    if text in known:
        return gettext(text)
    for pattern, message in patterns:
        if found := pattern.fullmatch(text):
            return gettext(message, **found.groupdict())
    return None


def _apart(problem: str) -> tuple[str, str]:
    """A problem, and the place in a file that it may end with."""
    found = _PLACE.search(problem)
    if found is None:
        return problem, ""
    if found[1]:
        place = gettext("in the part that begins in line %(number)s", number=found[2])
    else:
        place = gettext("line %(number)s", number=found[2])
    return problem[: found.start()], f" ({place})"
