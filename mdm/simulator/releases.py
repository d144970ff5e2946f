"""The versions of iPadOS that a simulated Apple offers.

Here: the catalogue. Not here: how an iPad updates (system_update). Numbers and builds look like
Apple's; days are fictional.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from profiles.schema.os_version import OsVersion


@dataclass(frozen=True, slots=True)
class Release:
    """One version.

    posted_on: from then on it is there. expires_on: from then on it is signed no more.
    products: names such as iPad12,1; None: all.
    """

    version: str
    build: str
    posted_on: date = date(2025, 1, 1)
    expires_on: date | None = None
    products: frozenset[str] | None = None

    @property
    def number(self) -> OsVersion:
        """The version, to compare."""
        return OsVersion.parse(self.version)

    def is_for(self, product_name: str, day: date) -> bool:
        """Whether Apple installs it on a model on a day."""
        is_signed = self.expires_on is None or day < self.expires_on
        suits = self.products is None or product_name in self.products
        return suits and is_signed and self.posted_on <= day


RELEASES = (
    Release("16.7.12", "20H364"),
    Release("17.7.10", "21H450"),
    Release("18.5", "22F76"),
    Release("18.6", "22G86"),
    Release("18.7.2", "22H124"),
    Release("26.0", "23A341"),
    Release("26.1", "23B85"),
    Release("26.4", "23E246"),
    Release("27.0", "24A5297"),
    Release("27.1", "24B83"),
)


def build_of(version: str) -> str:
    """Give the build of a version, one like Apple's if it is not in the catalogue."""
    wanted = OsVersion.parse(version)
    for release in RELEASES:
        if release.number == wanted:
            return release.build
    letter = chr(ord("A") + min(wanted.minor, 25))
    return f"{wanted.major + (4 if wanted.major < 26 else -3)}{letter}{100 + wanted.patch}"


def release_of(
    releases: Iterable[Release], version: str, product_name: str, day: date
) -> Release | None:
    """Find exactly this version for a model; 26.0 does not mean 26.0.1."""
    wanted = OsVersion.parse(version)
    found = (one for one in releases if one.number == wanted and one.is_for(product_name, day))
    return next(found, None)


def newest(
    releases: Iterable[Release], above: OsVersion, product_name: str, day: date, deferral_days: int
) -> Release | None:
    """Find what the iPad shows as an update; a deferral hides what is younger than that."""
    visible_until = day - timedelta(days=deferral_days)
    offered = [
        one
        for one in releases
        if one.number > above and one.is_for(product_name, day) and one.posted_on <= visible_until
    ]
    return max(offered, key=lambda one: one.number, default=None)
