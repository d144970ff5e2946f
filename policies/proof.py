"""What proves a command: which later observation shows that it had its effect.

Here: prove(). Not here: how an observation is read from bytes (profiles.commands), what to do when
the proof does not come (policies.reconcile). The words for delivery come from policies.delivery.
"""

from __future__ import annotations

from datetime import datetime

from policies.actions import ActionKind, RemoteKind
from policies.delivery import (
    AWAITING_PROOF,
    DELIVERABLE,
    FINAL,
    OPEN,
    TRANSITIONS,
    DeliveryState,
    may_become,
    sources,
)
from policies.evidence import (
    AppListSeen,
    Authenticated,
    Contradicted,
    Contradiction,
    DeviceNameSeen,
    Evidence,
    IdentitySeen,
    Judgement,
    ProfileListSeen,
    Proven,
    Reconnected,
    SettingsResult,
    StillOpen,
)
from policies.facts import CommandFacts
from policies.reported import AppStatus

__all__ = [
    "AWAITING_PROOF",
    "DELIVERABLE",
    "FINAL",
    "OPEN",
    "TRANSITIONS",
    "AppListSeen",
    "Authenticated",
    "CommandFacts",
    "Contradicted",
    "Contradiction",
    "DeliveryState",
    "DeviceNameSeen",
    "Evidence",
    "IdentitySeen",
    "Judgement",
    "ProfileListSeen",
    "Proven",
    "Reconnected",
    "SettingsResult",
    "StillOpen",
    "acceptances",
    "is_proven_by_its_answer",
    "may_become",
    "may_have_obeyed_at",
    "prove",
    "sources",
]

_STILL_OPEN = StillOpen()
_OBEYED = frozenset({DeliveryState.ACCEPTED, DeliveryState.PROVEN})

# What the last two lead to, the device tells by itself: states of declarations, its version.
_PROVEN_BY_ANSWER = frozenset(
    {
        ActionKind.INQUIRE,
        ActionKind.RELEASE_FROM_SETUP,
        ActionKind.SYNC_DECLARATIONS,
        ActionKind.SCHEDULE_OS_UPDATE,
    }
)
_PROVEN_LATER = frozenset({RemoteKind.RESTART, RemoteKind.SHUT_DOWN, RemoteKind.ERASE})


def is_proven_by_its_answer(command: CommandFacts) -> bool:
    """Whether Acknowledged is all the proof there can be: an inventory, a lock, a location."""
    if command.key.kind is ActionKind.REMOTE:
        return _remote(command) not in _PROVEN_LATER
    return command.key.kind in _PROVEN_BY_ANSWER


def acceptances(command: CommandFacts) -> tuple[datetime, ...]:
    """When the device agreed to commands of one key, as far as it is remembered."""
    own = command.accepted_at if command.state in _OBEYED else None
    return tuple(at for at in (command.accepted_before, own) if at is not None)


def may_have_obeyed_at(command: CommandFacts) -> datetime | None:
    """When a command last left to which the device has not said no, None if none ever did.

    From then on the device may carry it out, whatever we decide meanwhile: taking back a command
    stops only what never left. What the device shows later tells what became of it.
    """
    own = None if _was_refused(command) else command.reached_at
    return max((at for at in (own, command.left_before) if at is not None), default=None)


def prove(command: CommandFacts, evidence: Evidence) -> Judgement:
    """Judge whether an observation shows the effect of a command.

    A command that was given up or failed may still be proven, since the device may have obeyed
    late; only one that awaits its proof can be contradicted. Evidence from before the acceptance
    proves nothing, and neither does any about a command to which the device last said no: what
    is seen then is the work of another one about the same thing.
    """
    since = _effective_since(command)
    if isinstance(evidence, IdentitySeen) and since is not None:
        # A device joins with its new certificate while it obeys, before it can say that it has.
        since = command.reached_at or since
    if since is None or evidence.observed_at < since:
        return _STILL_OPEN
    judgement = _judge(command, evidence)
    if isinstance(judgement, Contradicted) and command.state is not DeliveryState.ACCEPTED:
        return _STILL_OPEN
    return judgement


def _effective_since(command: CommandFacts) -> datetime | None:
    """From when on an effect can be seen, None for a command that cannot have one (any more)."""
    if command.state is DeliveryState.PROVEN or _was_refused(command):
        return None
    if command.accepted_at is not None:
        return command.accepted_at
    # An erased device never says so; and who failed or was given up may have obeyed all the same.
    silent = _remote(command) is RemoteKind.ERASE or command.state not in DELIVERABLE
    return command.reached_at if silent else None


def _was_refused(command: CommandFacts) -> bool:
    """Whether its last word about this very command was no."""
    left_at = command.accepted_at or command.reached_at
    return command.refused_at is not None and (left_at is None or command.refused_at >= left_at)


def _remote(command: CommandFacts) -> RemoteKind | None:
    key = command.key
    return RemoteKind(key.subject) if key.kind is ActionKind.REMOTE else None


def _judge(command: CommandFacts, evidence: Evidence) -> Judgement:
    match evidence:
        case ProfileListSeen():
            return _by_profile_list(command, evidence)
        case AppListSeen():
            return _by_app_list(command, evidence)
        case Reconnected():
            return _by_connection(command, evidence)
        case Authenticated():
            return _by_authenticate(command, evidence)
        case IdentitySeen():
            return _by_identity(command, evidence)
        case DeviceNameSeen() | SettingsResult():
            return _by_setting(command, evidence)


def _by_profile_list(command: CommandFacts, seen: ProfileListSeen) -> Judgement:
    uuid = seen.uuids.get(command.key.subject)
    if command.key.kind is ActionKind.INSTALL_PROFILE:
        return _installed(command.key.version, uuid, seen)
    if command.key.kind is ActionKind.REMOVE_PROFILE:
        return _removed(uuid is not None, seen, Contradiction.PROFILE_STILL_THERE)
    return _STILL_OPEN


def _installed(wanted: str, listed: str | None, seen: ProfileListSeen) -> Judgement:
    if listed == wanted:
        return Proven(seen.observed_at)
    if listed is not None:
        return Contradicted(Contradiction.OTHER_PROFILE_VERSION, seen.observed_at)
    if seen.complete:
        return Contradicted(Contradiction.PROFILE_ABSENT, seen.observed_at)
    return _STILL_OPEN


def _removed(
    is_there: bool, seen: ProfileListSeen | AppListSeen, otherwise: Contradiction
) -> Judgement:
    if is_there:
        return Contradicted(otherwise, seen.observed_at)
    return Proven(seen.observed_at) if seen.complete else _STILL_OPEN


_APP_ENDED: dict[AppStatus | None, Contradiction] = {
    AppStatus.FAILED: Contradiction.APP_FAILED,
    AppStatus.REJECTED: Contradiction.APP_REJECTED,
}


def _by_app_list(command: CommandFacts, seen: AppListSeen) -> Judgement:
    app = seen.apps.get(command.key.subject)
    if command.key.kind is ActionKind.REMOVE_APP:
        is_there = app is not None and app.installed
        return _removed(is_there, seen, Contradiction.APP_STILL_THERE)
    if command.key.kind is not ActionKind.INSTALL_APP or app is None:
        # An app that is not there yet is still being loaded: absence contradicts nothing.
        return _STILL_OPEN
    since = _effective_since(command)
    if since is None or app.observed_at < since:
        return _STILL_OPEN  # One of the two lists is older than the command.
    if app.is_settled:
        return Proven(seen.observed_at)
    ended = _APP_ENDED.get(app.status)
    return _STILL_OPEN if ended is None else Contradicted(ended, seen.observed_at)


def _by_connection(command: CommandFacts, seen: Reconnected) -> Judgement:
    went_down = _remote(command) in {RemoteKind.RESTART, RemoteKind.SHUT_DOWN}
    if went_down and seen.new_connection and command.accepted_at is not None:
        return Proven(seen.observed_at)
    return _STILL_OPEN


def _by_authenticate(command: CommandFacts, seen: Authenticated) -> Judgement:
    if _remote(command) is RemoteKind.ERASE and seen.generation > command.generation:
        return Proven(seen.observed_at)
    return _STILL_OPEN


def _by_identity(command: CommandFacts, seen: IdentitySeen) -> Judgement:
    renewed = command.key.kind is ActionKind.RENEW_IDENTITY
    if renewed and seen.fingerprint != command.key.version:
        return Proven(seen.observed_at)
    return _STILL_OPEN


def _by_setting(command: CommandFacts, seen: DeviceNameSeen | SettingsResult) -> Judgement:
    if command.key.kind is not ActionKind.SET_DEVICE_NAME:
        return _STILL_OPEN
    if isinstance(seen, SettingsResult):
        fits, otherwise = bool(seen.items) and all(seen.items), Contradiction.SETTING_REFUSED
    else:
        fits, otherwise = seen.name == command.key.version, Contradiction.OTHER_NAME
    return Proven(seen.observed_at) if fits else Contradicted(otherwise, seen.observed_at)
