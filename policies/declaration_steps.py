"""Steps for declarations: what the device should have as a whole, telling it, and what it says.

Here: the set with what must stay in it, the one command, proofs and failures. Not here: how a
single declaration is written (policies.declaring), which wishes come this way (policies.routes).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from policies.actions import SyncDeclarations
from policies.declared_names import app_name, profile_name
from policies.declaring import DeclaredWish, token_of, whole_set
from policies.plan import FailedWish, Step
from policies.reported import ReportedProfile
from policies.scope import Scope, ScopeKind
from policies.situation import OBEYED, Progress, Situation
from policies.wishes import ProfileKind, Reason, ReasonKey
from profiles.declarations.configurations import legacy, managed_app
from profiles.declarations.declaration import Declaration
from profiles.declarations.declaration_state import Standing

DECLARATIONS = "declarations"
"""Subject of what is not about a single declaration."""

_APP_LIST = "app.managed.list"
_MANAGED = "managed"
_APP_FAILED = "failed"
_MAY_CARRY_NETWORK = frozenset({ProfileKind.WIFI, None})


def declarations_for(situation: Situation) -> tuple[Declaration, ...] | None:
    """The whole set that the device should have; None for one that is told no declarations."""
    whole = whole_set(situation.declared, retained(situation), situation.ways)
    return whole or None


def retained(situation: Situation) -> Iterator[Declaration]:
    """What stays in the set though no wish calls for it.

    An app would go with its data, which somebody must decide; and the network leaves last.
    """
    wished = {wish.declaration.identifier for wish in situation.declared}
    let_go = {app_name(absent.identifier) for absent in situation.desired.absent_apps}
    for name, issued in sorted(situation.reported.declared.issued.items()):
        if name in wished:
            continue
        is_app = issued.declaration_type == managed_app.TYPE and name not in let_go
        if is_app or _holds_the_network(situation, issued):
            yield issued


def declarations_to_sync(
    situation: Situation, whole: tuple[Declaration, ...] | None
) -> Iterator[Step]:
    """Tell the device to compare, when it has not taken this set yet, or says nothing of it."""
    if not whole or not _is_to_be_told(situation, whole):
        return
    action = SyncDeclarations(token_of(whole))
    again = _again_at(situation, action)
    if again is not None and again > situation.now:
        return
    reason = Reason(
        ReasonKey.DECLARATIONS_CHANGED,
        Scope(ScopeKind.DEVICE, situation.device.key),
        situation.now,
    )
    yield Step(action, reason, not_before=situation.retry_at(action.key))


def look_at_declarations_again_at(
    situation: Situation, whole: tuple[Declaration, ...] | None
) -> Iterator[datetime]:
    """When time alone changes what is said about declarations."""
    if whole and _is_to_be_told(situation, whole):
        again = _again_at(situation, SyncDeclarations(token_of(whole)))
        if again is not None:
            yield again
    if situation.routed.undecided and situation.ways.given_up_at is not None:
        yield situation.ways.given_up_at


def unproven_declarations(situation: Situation) -> Iterator[str]:
    for wish in situation.declared:
        if not is_settled(situation, wish):
            yield wish.subject


def unproven_set(situation: Situation, whole: tuple[Declaration, ...] | None) -> Iterator[str]:
    """What the set as a whole still lacks: the device has not fetched it, or not yet let go."""
    if not whole:
        return
    if not _has_taken(situation, token := token_of(whole)):
        # Until it was told, the step that tells it says enough.
        if _again_at(situation, SyncDeclarations(token)) is not None:
            yield DECLARATIONS
        return
    yield from sorted(_left_over(situation, whole))


def failed_declarations(situation: Situation) -> Iterator[FailedWish]:
    """Wishes that the device found wrong; sending the same again would not help."""
    for wish in situation.declared:
        stands = situation.standing_of(wish)
        if stands is Standing.FAILED:
            state = situation.reported.declared.states[wish.declaration.identifier]
            codes = tuple(reason.code for reason in state.reasons if reason.is_error)
            yield FailedWish(wish.subject, wish.reason, codes)
        elif _app_state(situation, wish) == _APP_FAILED:
            yield FailedWish(wish.subject, wish.reason, (_APP_FAILED,))


def is_settled(situation: Situation, wish: DeclaredWish) -> bool:
    """In force, and where it keeps an app that the device tells about, the app is there."""
    if situation.declared_progress(wish) is not Progress.SETTLED:
        return False
    known = situation.reported.declared.capabilities
    tells = known is not None and _APP_LIST in known.status_items
    if not tells or not _is_required_app(wish.declaration):
        return True
    return _app_state(situation, wish) == _MANAGED


def _app_state(situation: Situation, wish: DeclaredWish) -> str | None:
    if wish.declaration.declaration_type != managed_app.TYPE:
        return None
    return situation.reported.declared.app_states.get(wish.subject)


def _is_required_app(declaration: Declaration) -> bool:
    behavior = declaration.payload.get("InstallBehavior")
    return (
        declaration.declaration_type == managed_app.TYPE
        and isinstance(behavior, dict)
        and behavior.get("Install") == "Required"
    )


def _has_taken(situation: Situation, token: str) -> bool:
    declared = situation.reported.declared
    return declared.enabled and declared.fetched_token == token


def _is_to_be_told(situation: Situation, whole: tuple[Declaration, ...]) -> bool:
    return not _has_taken(situation, token_of(whole)) or _is_silent_about(situation, whole)


def _is_silent_about(situation: Situation, whole: tuple[Declaration, ...]) -> bool:
    """Whether a device has fetched the list and not said since what became of it.

    It may have lost its connection in the middle, and compares again only when it is told to.
    """
    if any(situation.standing_of(wish) is Standing.WAITING for wish in situation.declared):
        return True
    return bool(_left_over(situation, whole))


def _left_over(situation: Situation, whole: tuple[Declaration, ...]) -> set[str]:
    """What the device still has of earlier sets."""
    wanted = {declaration.identifier for declaration in whole}
    return situation.reported.declared.states.keys() - wanted


def _again_at(situation: Situation, action: SyncDeclarations) -> datetime | None:
    """When to tell once more a device that agreed and then did not fetch, or says nothing of it.

    returns: None for one that did not agree yet.
    """
    command = situation.commands.get(action.key)
    if command is None or command.state not in OBEYED or command.accepted_at is None:
        return None
    issued_at = situation.reported.declared.issued_at
    if issued_at is not None and command.accepted_at < issued_at:
        # It spoke of an earlier set with the same content; there has been another one since.
        return None
    fetched = _has_taken(situation, action.token)
    pace = situation.pace
    return command.accepted_at + (pace.remind_after if fetched else pace.sync_again_after)


def _holds_the_network(situation: Situation, issued: Declaration) -> bool:
    """Whether a profile that nobody wishes any more may be what connects the device."""
    if issued.declaration_type != legacy.TYPE or situation.has_proven_network():
        return False
    listed = _profile_of(situation, issued)
    if listed is not None:
        return listed.kind in _MAY_CARRY_NETWORK
    return issued.identifier in situation.reported.declared.states


def _profile_of(situation: Situation, issued: Declaration) -> ReportedProfile | None:
    for listed in situation.reported.profiles.values():
        if profile_name(listed.identifier) == issued.identifier:
            return listed
    return None
