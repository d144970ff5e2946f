"""What becomes of a device that obeys, sometimes after refusing: it converges, and keeps a network.

The device is a dictionary of profiles; the house is the world of the text scenarios.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.actions import ActionKey, ActionKind, QueryKind
from policies.assignment import Assignment, ProfileVersion
from policies.delivery import DELIVERABLE, DeliveryState
from policies.reported import ReportedProfile
from policies.scenario_world import World, answered, queue, saw_profiles, set_state
from policies.scope import CITY
from policies.wishes import ProfileKind
from tests.policies.builders import MINUTE, NOW, ipad, profile

FOREIGN = ("com.example.vpn", "school.enrollment")
KINDS = {
    "school.wifi.old": ProfileKind.WIFI,
    "school.wifi.new": ProfileKind.WIFI,
    "school.limits": ProfileKind.RESTRICTIONS,
}


@dataclass
class ObeyingIPad:
    """profiles: identifier → UUID. refusals: how many installations it still refuses."""

    profiles: dict[str, str]
    refusals: int = 0
    executed: list[ActionKey] = field(default_factory=list)

    def obey(self, key: ActionKey) -> DeliveryState:
        self.executed.append(key)
        if key.kind is ActionKind.INSTALL_PROFILE and self.refusals:
            self.refusals -= 1
            return DeliveryState.FAILED
        if key.kind is ActionKind.INSTALL_PROFILE:
            self.profiles[key.subject] = key.version
        if key.kind is ActionKind.REMOVE_PROFILE:
            self.profiles.pop(key.subject, None)
        return DeliveryState.ACCEPTED

    def has_network(self) -> bool:
        return any(KINDS.get(identifier) is ProfileKind.WIFI for identifier in self.profiles)


def connect(world: World, device: ObeyingIPad) -> Iterator[ActionKey]:
    """One conversation: whatever is due, in the order of the plan, and every answer at once."""
    for key, command in list(world.commands.items()):
        due = command.not_before is None or command.not_before <= world.now
        if command.state not in DELIVERABLE or not due:
            continue
        world.now += timedelta(seconds=1)
        if key.kind is ActionKind.INQUIRE:
            device.executed.append(key)
            report(world, device, QueryKind(key.subject))
        else:
            set_state(world, key, device.obey(key))
        yield key


def report(world: World, device: ObeyingIPad, query: QueryKind) -> None:
    if query is not QueryKind.PROFILE_LIST:
        return answered(world, query)
    seen = {
        identifier: ReportedProfile(identifier, uuid, world.now, None, KINDS.get(identifier))
        for identifier, uuid in device.profiles.items()
    }
    return saw_profiles(world, seen, complete=True)


def house(wished: list[ProfileVersion]) -> World:
    device = replace(ipad(), awaiting_configuration=True)
    return World(NOW, device, [Assignment(CITY, NOW, tuple(wished))])


installed = st.dictionaries(
    st.sampled_from([*KINDS, *FOREIGN]), st.sampled_from(["uuid-1", "uuid-2"]), max_size=5
)
wishes = st.lists(
    st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, 2)), unique_by=lambda wish: wish[0]
).map(lambda chosen: [profile(name, version, KINDS[name]) for name, version in chosen])


@settings(max_examples=40)
@given(installed, wishes, st.integers(0, 3))
def test_a_device_that_obeys_ends_as_wished_and_never_without_its_network(
    profiles: dict[str, str], wished: list[ProfileVersion], refusals: int
) -> None:
    device, world = ObeyingIPad(dict(profiles), refusals), house(wished)
    had_network = device.has_network()

    for _ in range(60):
        queue(world)
        for _key in connect(world, device):
            assert device.has_network() or not had_network
            had_network = device.has_network()
        world.now += MINUTE

    assert world.plan().is_empty
    assert {w.identifier: w.uuid for w in wished}.items() <= device.profiles.items()
    assert {i: u for i, u in profiles.items() if i in FOREIGN}.items() <= device.profiles.items()


@settings(max_examples=20)
@given(wishes, st.integers(0, 2))
def test_a_device_as_wished_is_not_disturbed(wished: list[ProfileVersion], refusals: int) -> None:
    device = ObeyingIPad({w.identifier: w.uuid for w in wished}, refusals)
    world = house(wished)
    saw_profiles(world, {}, complete=False)
    report(world, device, QueryKind.PROFILE_LIST)

    for _ in range(20):
        queue(world)
        list(connect(world, device))
        world.now += MINUTE

    changed = {key.kind for key in device.executed} - {ActionKind.INQUIRE}
    assert changed <= {ActionKind.RELEASE_FROM_SETUP}


def test_a_device_that_lies_is_not_asked_without_end() -> None:
    """It accepts the profile and never shows it; a day of that costs a few commands, not a loop."""
    device, world = ObeyingIPad({}), house([profile("school.limits")])

    for _ in range(24 * 60):
        queue(world)
        for _key in connect(world, device):
            device.profiles.clear()
        world.now += MINUTE

    assert len(device.executed) < 40
