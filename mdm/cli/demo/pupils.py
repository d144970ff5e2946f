"""The list of a fictional school: pupils with their classes and iPads, as a file says it.

Nobody of that name exists. Not here: bringing it in (school_year.py).
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

_HEADINGS = ("Interne ID", "Nachname", "Vorname", "Klasse", "Jahrgang", "Seriennummer")
# Enough that one who leaves is no twentieth of the school.
_WITHOUT_IPAD = 40


@dataclass(frozen=True, slots=True)
class DemoPupil:
    """serial: of the iPad, empty without one."""

    number: int
    class_name: str
    serial: str = ""

    @property
    def row(self) -> tuple[str, ...]:
        """The pupil as a line of the file."""
        name = (f"Muster-{self.number:04d}", f"Kind-{self.number:04d}")
        grade = self.class_name.rstrip("abc")
        return (f"D-{self.number:04d}", *name, self.class_name, grade, self.serial)


@dataclass(frozen=True, slots=True)
class DemoList:
    """A whole school's pupils."""

    pupils: tuple[DemoPupil, ...]

    @property
    def classes(self) -> Mapping[str, str]:
        """Serial number → class of the iPad's owner."""
        return {pupil.serial: pupil.class_name for pupil in self.pupils if pupil.serial}

    def as_csv(self) -> bytes:
        """The list as a school's program exports it: semicolons, with a byte order mark."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";")
        writer.writerow(_HEADINGS)
        writer.writerows(pupil.row for pupil in self.pupils)
        return text.getvalue().encode("utf-8-sig")


def first_list(serials: Sequence[str]) -> DemoList:
    """The list at the beginning of the year: two of three iPads in 9a, the others in 8c."""
    owners = (
        DemoPupil(1000 + place, "8c" if place % 3 == 2 else "9a", serial)
        for place, serial in enumerate(serials)
    )
    others = (DemoPupil(place, "8c") for place in range(1, _WITHOUT_IPAD + 1))
    return DemoList((*others, *owners))


def corrected(first: DemoList) -> DemoList:
    """The list a week later: every second of 9a is in 9b now, and one pupil has left."""
    return DemoList(tuple(_moved(pupil) for pupil in first.pupils if pupil.number != 1))


def _moved(pupil: DemoPupil) -> DemoPupil:
    moves = pupil.class_name == "9a" and (pupil.number - 1000) % 3 == 1
    return replace(pupil, class_name="9b") if moves else pupil
