"""Profiles that cannot be on one device together: two for one network, two of a single kind.

Here: which profiles stand back, and for which other one. Not here: versions of one profile
(policies.conflicts), restrictions, which add up (policies.combination).
"""

from __future__ import annotations

from collections.abc import Iterable

from policies.conflicts import Conflict, precedence, strongest_first
from policies.wishes import WantedProfile
from profiles.schema.occurrence import conflicts_in

# Belongs to the profile that holds it, not to the device.
_OF_ITS_PROFILE = frozenset({"com.apple.profileRemovalPassword"})


def compatible(
    profiles: Iterable[WantedProfile],
) -> tuple[tuple[WantedProfile, ...], tuple[Conflict, ...]]:
    """Keep what can be on one device together; the narrower scope keeps its profile.

    profiles: with different identifiers, in any order.
    returns: what is kept, and a conflict for each that stands back.
    """
    kept: list[WantedProfile] = []
    conflicts: list[Conflict] = []
    for profile in strongest_first(profiles):
        found = next(((other, s) for other in kept if (s := _clash(other, profile))), None)
        if found is None:
            kept.append(profile)
        else:
            winner, subject = found
            because = precedence(winner, profile)
            conflicts.append(Conflict(subject, winner, profile, because))
    return tuple(kept), tuple(conflicts)


def _clash(one: WantedProfile, other: WantedProfile) -> str | None:
    """What two profiles cannot both have: an SSID, or types of payloads."""
    shared = sorted(set(one.content.networks) & set(other.content.networks))
    if shared:
        return shared[0]
    types = [p.content.payload_types - _OF_ITS_PROFILE for p in (one, other)]
    # One of each alone is accepted, or its profile would not be in the library.
    found = conflicts_in([*types[0], *types[1]])
    return " + ".join(found[0].payload_types) if found else None
