"""Steps for profiles: what to install, what to take away, and what to leave alone.

Here: the rules for profiles. Not here: how far a wish has come (policies.situation), apps
(policies.app_steps).
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.actions import ActionKind, InstallProfile, QueryKind, RemoveProfile
from policies.declared_names import profile_name
from policies.plan import Condition, RefusalKind, Step, UnmetWish, WaitKind
from policies.reported import ReportedProfile
from policies.scope import Scope, ScopeKind
from policies.situation import Progress, Situation
from policies.stand_ins import stand_in_name
from policies.wishes import ProfileKind, Reason, ReasonKey, WantedProfile

_MAY_CARRY_NETWORK = frozenset({ProfileKind.WIFI, None})


def profiles_to_install(situation: Situation) -> Iterator[Step]:
    """List what is missing or another version, in the order of the wishes."""
    bodies = situation.routed.bodies
    for wanted in situation.routed.profiles:
        if not _may_be_commanded(situation, wanted.identifier):
            continue
        if situation.profile_progress(wanted) is Progress.MISSING:
            body = bodies.get(wanted.uuid)
            action = InstallProfile(
                wanted.identifier, wanted.uuid, wanted.version, wanted.profile_id, body
            )
            yield Step(action, wanted.reason, not_before=situation.retry_at(action.key))


def profiles_to_remove(situation: Situation) -> Iterator[Step]:
    """List what is there and ours but wished for no longer; a network leaves last."""
    if has_doubtful_profiles(situation):
        return
    for listed, reason in _unwanted(situation):
        action = RemoveProfile(listed.identifier, listed.uuid)
        is_network = listed.kind in _MAY_CARRY_NETWORK
        waiting_on = tuple(_before_leaving(situation, reason)) if is_network else ()
        yield Step(action, reason, waiting_on, situation.retry_at(action.key))


def _before_leaving(situation: Situation, reason: Reason) -> Iterator[Condition]:
    """What must be so before a network leaves; an end of its wish alone never cuts a device off."""
    if situation.has_proven_network():
        return
    is_decided = reason.key is not ReasonKey.NO_LONGER_ASSIGNED
    has_wish = any(wish.kind is ProfileKind.WIFI for wish in situation.desired.profiles)
    is_on_purpose = not (is_decided or has_wish)
    yield Condition(WaitKind.LAST_NETWORK if is_on_purpose else WaitKind.OTHER_NETWORK)


def _may_be_commanded(situation: Situation, identifier: str) -> bool:
    """Not the profile that enrols, nor one that a declaration still holds: there commands fail."""
    is_declared = situation.is_declared(profile_name(identifier))
    return identifier != situation.device.enrollment_profile and not is_declared


def unproven_profiles(situation: Situation) -> Iterator[WantedProfile]:
    """List what was sent by command and not seen yet."""
    for wanted in situation.routed.profiles:
        if wanted.identifier == situation.device.enrollment_profile:
            continue
        if situation.profile_progress(wanted) is not Progress.SETTLED:
            yield wanted


def unmet_profile_wishes(situation: Situation) -> Iterator[UnmetWish]:
    """Wishes that would touch what is not ours; the enrollment profile above all."""
    device = situation.device
    for wanted in situation.desired.profiles:
        if wanted.identifier == device.enrollment_profile:
            yield UnmetWish(wanted.identifier, RefusalKind.ENROLLMENT_PROFILE, wanted.reason)
    for absent in situation.desired.absent_profiles:
        if absent.identifier == device.enrollment_profile:
            yield UnmetWish(absent.identifier, RefusalKind.ENROLLMENT_PROFILE, absent.reason)
        elif not device.owns_profile(absent.identifier):
            yield UnmetWish(absent.identifier, RefusalKind.NOT_OUR_PROFILE, absent.reason)


def _unwanted(situation: Situation) -> Iterator[tuple[ReportedProfile, Reason]]:
    wishes = (*situation.desired.profiles, *situation.routed.profiles)
    wanted = {profile.identifier for profile in wishes} | _standing_in_still(situation)
    decided = {absent.identifier: absent.reason for absent in situation.desired.absent_profiles}
    for identifier, listed in sorted(situation.reported.profiles.items()):
        if identifier in wanted or not _is_ours(situation, listed):
            continue
        if not _may_be_commanded(situation, identifier):
            continue  # It goes with its declaration.
        if not situation.is_being_removed(ActionKind.REMOVE_PROFILE, identifier):
            yield listed, decided.get(identifier) or _ended(situation, listed)


def has_doubtful_profiles(situation: Situation) -> bool:
    """Whether the list is too old to tell which unwished profiles went with declarations.

    A command for what is not there any more would fail.
    """
    listed_at = situation.reported.observed_at(QueryKind.PROFILE_LIST)
    compared_at = situation.compared_at
    if listed_at is None or compared_at is None or listed_at >= compared_at:
        return False
    return any(True for _ in _unwanted(situation))


def _standing_in_still(situation: Situation) -> set[str]:
    """Identifiers of profiles for which the declaration is not in force yet."""
    in_force = {
        wish.subject
        for wish in situation.declared
        if situation.declared_progress(wish) is Progress.SETTLED
    }
    prefix = situation.device.profile_prefix
    return {
        stand_in_name(wish.identifier, prefix)
        for wish in situation.desired.declarations
        if wish.identifier not in in_force
    }


def _is_ours(situation: Situation, listed: ReportedProfile) -> bool:
    """A profile that somebody installed by hand may borrow our prefix; it is his all the same."""
    device = situation.device
    return (
        device.owns_profile(listed.identifier)
        and listed.identifier != device.enrollment_profile
        and listed.managed is not False
    )


def _ended(situation: Situation, listed: ReportedProfile) -> Reason:
    device = Scope(ScopeKind.DEVICE, situation.device.key)
    return Reason(ReasonKey.NO_LONGER_ASSIGNED, device, listed.observed_at)
