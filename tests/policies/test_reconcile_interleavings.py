"""A network leaves last, however slowly a device obeys and however often somebody changes his mind.

Not here: a device that obeys at once (test_obeying_device).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.actions import ActionKey, ActionKind, QueryKind
from policies.assignment import Assignment
from policies.delivery import DELIVERABLE, DeliveryState, may_become
from policies.facts import CommandFacts
from policies.reported import ReportedProfile
from policies.scenario_world import World, answered, queue, saw_profiles, set_state
from policies.scope import CITY
from policies.wishes import ProfileKind
from tests.policies.builders import MINUTE, NOW, ipad, profile

OLD, NEW = "school.wifi.old", "school.wifi.new"
BOTH = {OLD: "uuid-1", NEW: "uuid-1"}
WISHES = ((NEW, 1), (NEW, 2), (OLD, 1))


@dataclass
class SlowIPad:
    """Takes one command at a time; between taking, doing and answering anything may happen.

    in_hand: the command it took, as the house knew it then. is_done: whether it was carried out.
    listed: the profiles that were there when it did so.
    """

    profiles: dict[str, str] = field(default_factory=lambda: dict(BOTH))
    in_hand: CommandFacts | None = None
    is_done: bool = False
    listed: Mapping[str, str] = field(default_factory=lambda: BOTH)

    def take(self, command: CommandFacts) -> None:
        self.in_hand, self.is_done = command, False

    def do(self) -> ActionKey | None:
        """Carry out what is in hand, once. returns: what was done now."""
        if self.in_hand is None or self.is_done:
            return None
        self.is_done = True
        key = self.in_hand.key
        if key.kind is ActionKind.INSTALL_PROFILE:
            self.profiles[key.subject] = key.version
        elif key.kind is ActionKind.REMOVE_PROFILE:
            self.profiles.pop(key.subject, None)
        self.listed = dict(self.profiles)
        return key


@dataclass
class House:
    """wished: the WLANs by the plan that the queue comes from, identifier → UUID.

    counted_on: those by the plan in force when the command in hand left.
    """

    world: World = field(default_factory=lambda: World(NOW, ipad(), [], ()))
    device: SlowIPad = field(default_factory=SlowIPad)
    wished: Mapping[str, str] = field(default_factory=dict)
    counted_on: Mapping[str, str] = field(default_factory=dict)

    def wish(self, identifier: str, version: int) -> None:
        wanted = profile(identifier, version, ProfileKind.WIFI)
        self.world.assignments = [Assignment(CITY, NOW, (wanted,))]

    def plan(self) -> None:
        queue(self.world)
        wishes = self.world.desired().profiles
        self.wished = {wanted.identifier: wanted.uuid for wanted in wishes}

    def hand_out(self) -> None:
        """Give the device what is next: changes first, then questions."""
        if self.device.in_hand is not None:
            return
        waiting = [c for c in self.world.commands.values() if self._is_due(c)]
        waiting.sort(key=lambda command: command.key.kind is ActionKind.INQUIRE)
        if waiting:
            set_state(self.world, waiting[0].key, DeliveryState.REACHED)
            self.device.take(self.world.commands[waiting[0].key])
            self.counted_on = self.wished

    def obey(self) -> None:
        done = self.device.do()
        if done is not None and done.kind is ActionKind.REMOVE_PROFILE:
            kept = self.counted_on.items() & self.device.profiles.items()
            assert kept, (done, self.device.profiles)

    def hear(self) -> None:
        """The answer arrives; one to a command that was taken back is believed."""
        self.obey()
        command, self.device.in_hand = self.device.in_hand, None
        if command is None:
            return
        if command.key.kind is ActionKind.INQUIRE:
            self._hear_answer(QueryKind(command.key.subject))
        else:
            self._settle(command, DeliveryState.ACCEPTED)

    def hear_not_now(self) -> None:
        command = self.device.in_hand
        if command is not None and not self.device.is_done:
            self.device.in_hand = None
            self._settle(command, DeliveryState.DEFERRED)

    def lose(self) -> None:
        """The connection breaks: what was not done is forgotten, what was done is never told."""
        self.device.in_hand = None

    def _is_due(self, command: CommandFacts) -> bool:
        due = command.not_before is None or command.not_before <= self.world.now
        return command.state in DELIVERABLE and due

    def _settle(self, command: CommandFacts, state: DeliveryState) -> None:
        known = self.world.commands[command.key]
        if known.reached_at != command.reached_at:
            return  # It answers an earlier one of the same key.
        if may_become(known.state, state):
            set_state(self.world, command.key, state)

    def _hear_answer(self, query: QueryKind) -> None:
        if query is QueryKind.PROFILE_LIST:
            self.list_profiles()
        else:
            answered(self.world, query)

    def list_profiles(self) -> None:
        """Read the list that the device made when it was asked."""
        now, kind = self.world.now, ProfileKind.WIFI
        seen = {i: ReportedProfile(i, u, now, None, kind) for i, u in self.device.listed.items()}
        saw_profiles(self.world, seen, complete=True)


Event = Callable[[House], None]


def change_to(identifier: str, version: int) -> Event:
    def change(house: House) -> None:
        house.wish(identifier, version)
        house.plan()

    return change


FIRST, OTHER = change_to(NEW, 1), change_to(NEW, 2)
EVENTS = (
    *(FIRST, OTHER, change_to(OLD, 1)),
    *(House.plan,) * 3,
    *(House.hand_out,) * 3,
    *(House.hear,) * 3,
    *(House.obey, House.hear_not_now, House.lose),
)
OPENINGS: tuple[tuple[Event, ...], ...] = (
    (),
    (OTHER, FIRST),
    (OTHER, House.hand_out, FIRST),
    (OTHER, House.hand_out, House.hear_not_now, FIRST),
    (OTHER, House.hand_out, FIRST, OTHER, FIRST),
    (change_to(OLD, 1), House.hand_out, FIRST),
)
"""Somebody changes his mind while a command is on its way; chance alone seldom does."""

stories = st.builds(
    lambda opening, events: (*opening, *events),
    st.sampled_from(OPENINGS),
    st.lists(st.sampled_from(EVENTS), max_size=25),
)


def settled() -> House:
    """Both WLANs are on the device and have been seen; the new one has been wished for long."""
    house = House()
    house.wish(NEW, 1)
    house.list_profiles()
    return house


def tell(house: House, story: tuple[Event, ...]) -> None:
    for event in story:
        house.world.now += timedelta(seconds=1)
        event(house)


@settings(max_examples=150)
@given(stories)
def test_a_slow_device_keeps_the_network_that_its_plan_counted_on(story: tuple[Event, ...]) -> None:
    tell(settled(), story)


@settings(max_examples=60)
@given(stories, st.sampled_from(WISHES))
def test_a_slow_device_is_left_with_the_wished_network_alone(
    story: tuple[Event, ...], last: tuple[str, int]
) -> None:
    house = settled()
    tell(house, story)

    house.wish(*last)
    for _ in range(40):
        house.world.now += MINUTE
        house.plan()
        house.hand_out()
        house.hear()

    assert house.world.plan().is_empty
    assert house.device.profiles == {last[0]: f"uuid-{last[1]}"}
