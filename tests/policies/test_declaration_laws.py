"""Laws of declarations, searched over devices, wishes and what devices say and refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.actions import ActionKind
from policies.assignment import AppChoice, Assignment, DeclarationChoice, OsTarget
from policies.declared_names import app_name
from policies.declaring import token_of
from policies.delivery import DELIVERABLE
from policies.outcome import OutcomeKind, outcome_of
from policies.plan import RefusalKind
from policies.reported import ReportedProfile
from policies.scenario_world import (
    World,
    answer,
    queue,
    saw_capabilities,
    saw_declarations,
    saw_managed_apps,
    saw_profiles,
)
from policies.scope import CITY, Scope, ScopeKind
from policies.wishes import ProfileDelivery, ProfileKind
from profiles.declarations.capabilities import takes
from profiles.declarations.configurations import app_settings, passcode, update_settings
from profiles.declarations.json_form import canonical
from profiles.declarations.snapshot import idle_in, problems_in
from profiles.schema.os_version import OsVersion
from tests.policies.builders import CLASS, MINUTE, NOW, SCHOOL, ipad, profile

quick = settings(max_examples=40)

ELSEWHERE = Scope(ScopeKind.SCHOOL, "13")
FRIDAY = (NOW + timedelta(days=3)).replace(tzinfo=None)
TEACHER = "com.apple.configuration.management.test"


def declaring(name: str, kind: str, payload: object) -> Assignment:
    return Assignment(
        CITY, NOW, declarations=(DeclarationChoice(f"cfg.{name}", kind, canonical(payload)),)
    )


BROKEN = (
    declaring("broken", TEACHER, {"Echo": "$SCHOOL"}),  # this iPad has no school's name
    declaring("broken", TEACHER, {"EchoDataAssetReference": "asset.that.nobody.has"}),
)
POOL = (
    declaring("code", passcode.TYPE, {"MinimumLength": 6}),
    declaring("code2", passcode.TYPE, {"MinimumLength": 4, "RequirePasscode": True}),
    declaring("updates", update_settings.TYPE, {"Deferrals": {"CombinedPeriodInDays": 30}}),
    declaring("apps", app_settings.TYPE, {"Allowed": {"DeniedApps": ["com.example.game"]}}),
    Assignment(CITY, NOW, apps=(AppChoice("de.example.maths", 1),)),
    Assignment(SCHOOL, NOW, apps=(AppChoice("de.example.music", 2, required=False),)),
    Assignment(CITY, NOW, os_version=OsTarget("26.1", FRIDAY)),
    Assignment(CITY, NOW, (profile("school.wifi", 1, ProfileKind.WIFI),)),
    Assignment(
        CLASS,
        NOW,
        (replace(profile("school.limits"), delivery=ProfileDelivery.DECLARATION),),
    ),
)
versions = st.sampled_from([None, "15.8", "16.7", "17.1", "17.7", "18.1", "26.1", "27.0"])
wishes = st.lists(st.sampled_from(POOL), max_size=6, unique_by=POOL.index)


def _drop(world: World) -> None:
    world.assignments = world.assignments[1:]


def _refuse(world: World) -> None:
    issued = sorted(world.reported.declared.issued)
    saw_declarations(world, {issued[0]: "Error.InvalidPayload"} if issued else {})


def _wait(world: World) -> None:
    world.now += timedelta(hours=2)


def _can(world: World) -> None:
    if world.device.os_version is not None:
        saw_capabilities(world)


EVENTS: tuple[Callable[[World], None], ...] = (
    queue,
    answer,
    _can,
    lambda world: saw_declarations(world, {}),
    _refuse,
    lambda world: saw_managed_apps(world, {"de.example.maths": "managed"}),
    _drop,
    _wait,
)


SETTLED = (_can, queue, answer, lambda world: saw_declarations(world, {}))
"""A device that took everything at once; chance alone seldom comes so far."""
SILENT = (queue, answer, _wait)
"""One that agreed to compare and says nothing: what it can is given up, and it is told again."""


@st.composite
def worlds(draw: st.DrawFn) -> World:
    version = draw(versions)
    device = replace(
        ipad(supervised=draw(st.booleans())),
        os_version=None if version is None else OsVersion.parse(version),
        organization=draw(st.sampled_from([None, "Beispielstadt"])),
    )
    world = World(NOW, device, list(draw(wishes)), ())
    for event in draw(st.sampled_from([(), SETTLED, SILENT])):
        event(world)
    for event in draw(st.lists(st.sampled_from(EVENTS), max_size=8)):
        event(world)
    return world


@quick
@given(worlds())
def test_what_was_written_down_is_not_planned_again(world: World) -> None:
    queue(world)

    again = world.plan()

    assert again.is_empty, (again.ready, again.withdrawals)
    issued = world.reported.declared.issued
    assert not again.declarations or token_of(again.declarations) == token_of(issued.values())


@quick
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_rules_does_not_matter(world: World, chance: Random) -> None:
    before = world.plan()
    chance.shuffle(world.assignments)

    assert world.plan() == before


@quick
@given(worlds())
def test_every_set_is_whole_and_everything_in_it_applies(world: World) -> None:
    declared = world.plan().declarations

    if declared is not None:
        assert declared
        assert problems_in(declared) == []
        assert idle_in(declared) == ()


@quick
@given(worlds())
def test_a_device_is_told_only_what_it_takes(world: World) -> None:
    known = world.reported.declared.capabilities
    issued = world.reported.declared.issued

    for declaration in world.plan().declarations or ():
        was_there = declaration.identifier in issued
        assert was_there or takes(known, declaration.declaration_type)


@quick
@given(worlds())
def test_a_device_that_was_told_something_is_never_told_nothing(world: World) -> None:
    if world.reported.declared.issued:
        assert world.plan().declarations


def test_an_ipad_that_comes_back_from_its_holidays_compares_once() -> None:
    device = replace(ipad(), os_version=OsVersion.parse("26.1"))
    world = World(NOW, device, [], ())
    _can(world)
    for rule in POOL[:3]:
        world.assignments.append(rule)
        queue(world)

    waiting = [
        command.key.version
        for command in world.commands.values()
        if command.key.kind is ActionKind.SYNC_DECLARATIONS and command.state in DELIVERABLE
    ]

    assert waiting == [token_of(world.reported.declared.issued.values())]


@quick
@given(worlds(), st.sampled_from(BROKEN))
def test_a_rule_that_cannot_be_written_changes_nothing_else(
    world: World, broken: Assignment
) -> None:
    before = world.plan()
    world.assignments.append(broken)

    after = world.plan()

    assert after.declarations == before.declarations
    assert after.steps == before.steps
    added = {wish.kind for wish in after.unmet} - {wish.kind for wish in before.unmet}
    assert added <= {
        RefusalKind.INVALID,
        RefusalKind.MISSING_VALUE,
        RefusalKind.NOT_ON_THIS_VERSION,
    }


def test_an_app_that_cannot_be_declared_leaves_out_itself_alone() -> None:
    device = replace(ipad(), os_version=OsVersion.parse("26.1"))
    good, broken = AppChoice("de.example.maths", 1), AppChoice("no identifier of an app", None)
    world = World(NOW, device, [Assignment(CITY, NOW, apps=(good, broken))], ())
    saw_capabilities(world)

    planned = world.plan()

    assert app_name("de.example.maths") in {each.identifier for each in planned.declarations or ()}
    assert [(wish.subject, wish.kind) for wish in planned.unmet] == [
        ("no identifier of an app", RefusalKind.INVALID)
    ]


@quick
@given(worlds(), wishes)
def test_rules_for_others_touch_nothing(world: World, foreign: list[Assignment]) -> None:
    before = world.plan()
    world.assignments.extend(replace(rule, scope=ELSEWHERE) for rule in foreign)

    assert world.plan() == before


@quick
@given(worlds())
def test_no_app_leaves_because_a_wish_ended(world: World) -> None:
    name = app_name("de.example.maths")
    was_there = name in world.reported.declared.issued
    world.assignments = []

    declared = {each.identifier for each in world.plan().declarations or ()}

    assert not was_there or name in declared
    world.assignments = [Assignment(CITY, NOW, absent_apps=("de.example.maths",))]
    assert name not in {each.identifier for each in world.plan().declarations or ()}


@quick
@given(versions, wishes)
def test_a_device_that_obeys_ends_as_wished(version: str | None, wished: list[Assignment]) -> None:
    device = replace(ipad(), os_version=None if version is None else OsVersion.parse(version))
    world = World(NOW, device, list(wished), ())

    for _ in range(6):
        queue(world)
        answer(world)
        world.now += MINUTE
        if world.reported.declared.enabled:
            _can(world)
            saw_declarations(world, {})
            apps = dict.fromkeys(("de.example.maths", "de.example.music"), "managed")
            saw_managed_apps(world, apps)
        _list_profiles(world)

    plan = world.plan()
    # Nothing here shows apps that came by command, nor a new system.
    open_still = {"de.example.maths", "os version"}
    assert set(plan.unproven) <= open_still
    assert outcome_of(plan).kind is not OutcomeKind.NOT_MANAGED


def _code_given_and_taken_back() -> World:
    """An iPad that had the house's set, then a rule for codes, and has just lost the wish."""
    device = replace(ipad(), os_version=OsVersion.parse("26.1"))
    world = World(NOW, device, [], ())
    _take(world)
    world.assignments = [POOL[0]]
    _take(world)
    world.assignments = []
    return world


def _take(world: World) -> None:
    """Told, obeyed and reported, with a minute before each."""
    world.now += MINUTE
    queue(world)
    answer(world)
    _can(world)
    world.now += MINUTE
    queue(world)
    answer(world)
    saw_declarations(world, {})
    world.now += MINUTE


def test_a_set_that_an_ipad_had_before_is_told_again_at_once() -> None:
    world = _code_given_and_taken_back()

    steps = [step.action.key.kind for step in world.plan().ready]

    assert steps == [ActionKind.SYNC_DECLARATIONS]


def test_an_ipad_that_has_not_fetched_another_set_is_not_as_wished() -> None:
    world = _code_given_and_taken_back()
    queue(world)
    answer(world)

    before = outcome_of(world.plan()).kind
    saw_declarations(world, {})

    assert before is OutcomeKind.ON_ITS_WAY
    assert outcome_of(world.plan()).kind is OutcomeKind.AS_WISHED


def test_an_ipad_that_has_not_let_go_of_a_declaration_is_not_as_wished() -> None:
    world = _code_given_and_taken_back()
    queue(world)
    answer(world)
    code = world.reported.declared.states
    saw_declarations(world, {})
    declared = world.reported.declared
    both = replace(declared, states={**code, **declared.states})
    world.reported = replace(world.reported, declared=both)

    plan = world.plan()

    assert set(plan.unproven) == code.keys() - declared.states.keys() != set()
    assert outcome_of(plan).kind is OutcomeKind.ON_ITS_WAY


def _list_profiles(world: World) -> None:
    installed = {
        key.subject: ReportedProfile(key.subject, key.version, world.now)
        for key, command in world.commands.items()
        if key.kind is ActionKind.INSTALL_PROFILE and command.accepted_at is not None
    }
    saw_profiles(world, installed, complete=True)
