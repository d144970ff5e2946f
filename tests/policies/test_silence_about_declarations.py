"""An iPad that has fetched its declarations and then says nothing of them is reminded, seldom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from policies.actions import ActionKind
from policies.assignment import Assignment, DeclarationChoice
from policies.declaring import token_of
from policies.delivery import DeliveryState
from policies.scenario_world import World, answer, queue, saw_capabilities, saw_declarations
from policies.scope import CITY
from profiles.declarations.configurations import passcode
from profiles.declarations.json_form import canonical
from profiles.schema.os_version import OsVersion
from tests.policies.builders import MINUTE, NOW, ipad

DAY = timedelta(days=1)
CODE = Assignment(
    CITY,
    NOW,
    declarations=(DeclarationChoice("cfg.code", passcode.TYPE, canonical({"MinimumLength": 6})),),
)


def _fetched_the_list_only() -> World:
    """An iPad that lost its connection between the list and the declarations."""
    device = replace(ipad(), os_version=OsVersion.parse("26.1"))
    world = World(NOW, device, [CODE], ())
    saw_capabilities(world)
    queue(world)
    answer(world)
    declared = world.reported.declared
    token = token_of(declared.issued.values())
    world.reported = replace(world.reported, declared=replace(declared, fetched_token=token))
    return world


def _told(world: World) -> bool:
    return any(step.action.key.kind is ActionKind.SYNC_DECLARATIONS for step in world.plan().ready)


def test_an_ipad_that_says_nothing_of_what_it_fetched_is_left_alone_for_a_day() -> None:
    world = _fetched_the_list_only()
    world.now += DAY - MINUTE

    assert not _told(world)
    assert world.plan().look_again_at == NOW + DAY


def test_an_ipad_that_says_nothing_of_what_it_fetched_is_told_again_after_a_day() -> None:
    world = _fetched_the_list_only()
    world.now += DAY

    assert _told(world)


def test_an_ipad_is_reminded_once_a_day_at_most() -> None:
    world = _fetched_the_list_only()
    reminders = 0

    for _ in range(72):
        world.now += timedelta(hours=1)
        reminders += _told(world)
        queue(world)
        answer(world)

    assert reminders == 3


def test_an_ipad_that_has_not_let_go_of_what_is_wished_no_more_is_told_again() -> None:
    world = _fetched_the_list_only()
    saw_declarations(world, {})
    left = world.reported.declared.states
    world.assignments = []
    queue(world)
    answer(world)
    declared = world.reported.declared
    token = token_of(declared.issued.values())
    declared = replace(declared, fetched_token=token, states=left)
    world.reported = replace(world.reported, declared=declared)

    world.now += DAY

    assert _told(world)


def test_an_ipad_that_has_said_what_became_of_it_is_not_disturbed() -> None:
    world = _fetched_the_list_only()
    saw_declarations(world, {"cfg.code": "Error.InvalidPayload"})

    world.now += 3 * DAY

    assert not _told(world)


def test_to_tell_an_ipad_once_more_takes_back_nothing_that_commands_do_instead() -> None:
    """It agreed, said for an hour nothing of what it can, and has been given up for that."""
    world = World(NOW, replace(ipad(), os_version=OsVersion.parse("16.7")), [CODE], ())
    queue(world)
    answer(world)
    world.now += timedelta(hours=2)

    queue(world)

    waiting = [key.kind for key, c in world.commands.items() if c.state is DeliveryState.QUEUED]
    assert waiting == [ActionKind.SYNC_DECLARATIONS, ActionKind.INSTALL_PROFILE]
    assert world.plan().is_empty
