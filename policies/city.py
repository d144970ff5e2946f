"""The wishes of a whole city, compiled once for all iPads that share their inputs.

Here: Place, the rules by scope, and compiling by content: iPads of one class cost one compile, so
the price of a change is the number of distinct inputs. Not here: what a compile decides
(policies.desired), what a change does (policies.change_plan).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeAlias

from policies.assignment import Assignment
from policies.desired import DesiredState, compile_desired_state
from policies.facts import DeviceFacts, Management
from policies.scope import Scope, ScopeKind
from policies.value_json import digest


@dataclass(frozen=True, slots=True)
class Place:
    """Where one device is, as far as rules can tell it from others.

    device: its number. key: the same as DeviceFacts.key. around: every scope it is in except
        the device itself; share one set among classmates, it is what makes them equal.
    released: numbers of open roll-outs that have released it.
    """

    device: int
    key: str
    around: frozenset[Scope]
    released: frozenset[int] = frozenset()

    @property
    def itself(self) -> Scope:
        return Scope(ScopeKind.DEVICE, self.key)


@dataclass(frozen=True, slots=True)
class Compiled:
    """What some devices should have. digest: of the state, equal for equal states."""

    digest: str
    state: DesiredState


@dataclass(frozen=True, slots=True)
class CompiledCity:
    """What every device should have at one instant.

    states: by digest. by_device: the digest of each device, by its number.
    """

    rules: RuleBook
    now: datetime
    places: Sequence[Place]
    states: Mapping[str, DesiredState]
    by_device: Mapping[int, str]

    def state(self, device: int) -> DesiredState:
        """What one device should have. raises: KeyError for a device of no place."""
        return self.states[self.by_device[device]]


Rules: TypeAlias = Mapping[Scope, Iterable[Assignment]]
"""Rules by their home: those of the city are for every device, those of a school for devices
there only, even where they name a group of the city or a device that has moved away."""


class _Rule(NamedTuple):
    home: Scope
    decided: Assignment


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules, found by their scopes.

    scopes: those that tell devices apart, except single devices. keys: of devices with rules of
    their own. rollouts: open ones that any rule waits for.
    """

    by_scope: Mapping[Scope, tuple[_Rule, ...]]
    scopes: frozenset[Scope]
    keys: frozenset[str]
    rollouts: frozenset[int]

    @classmethod
    def of(cls, rules: Rules) -> RuleBook:
        return cls._of(_Rule(home, rule) for home, decided in rules.items() for rule in decided)

    @classmethod
    def _of(cls, decided: Iterable[_Rule]) -> RuleBook:
        by_scope: dict[Scope, list[_Rule]] = defaultdict(list)
        for rule in decided:
            by_scope[rule.decided.scope].append(rule)
        single = {scope for scope in by_scope if scope.kind is ScopeKind.DEVICE}
        rules = [rule for found in by_scope.values() for rule in found]
        return cls(
            {scope: tuple(found) for scope, found in by_scope.items()},
            frozenset({rule.home for rule in rules} | (by_scope.keys() - single)),
            frozenset(scope.name for scope in single),
            frozenset(number for rule in rules for number in _rollouts(rule.decided)),
        )

    def changed(self, other: RuleBook) -> RuleBook:
        """The rules of both books in every scope whose rules are not the same."""
        scopes = self.by_scope.keys() | other.by_scope.keys()
        return RuleBook._of(
            rule
            for scope in scopes
            if self.by_scope.get(scope) != other.by_scope.get(scope)
            for rule in (*self.by_scope.get(scope, ()), *other.by_scope.get(scope, ()))
        )

    def concerns(self, place: Place) -> bool:
        """Whether any of these rules may be for a device."""
        by_scope = self.by_scope.keys()
        return not by_scope.isdisjoint(place.around) or place.key in self.keys

    def rules_for(self, place: Place) -> Iterator[Assignment]:
        """The rules for a device, whether or not they are in force."""
        for scope in (place.around & self.scopes) | {place.itself}:
            for rule in self.by_scope.get(scope, ()):
                if rule.home in place.around:
                    yield rule.decided


class Compiler:
    """Compiles for one device after the other and remembers every distinct input.

    released: roll-outs that count as if they had released every device.
    decided_at: the instant of what is being decided now; it does not tell states apart.
    states: every distinct state so far, by digest. nothing: no wishes at all.
    """

    def __init__(
        self,
        rules: RuleBook,
        now: datetime,
        released: frozenset[int] = frozenset(),
        decided_at: datetime | None = None,
    ) -> None:
        self._rules = rules
        self._now = now
        self._released = released
        self._decided_at = decided_at
        self._known: dict[object, Compiled] = {}
        nobody = DesiredState()
        self.nothing = Compiled(digest(nobody), nobody)
        self.states: dict[str, DesiredState] = {self.nothing.digest: nobody}

    def compiled(self, place: Place) -> Compiled:
        """What one device should have."""
        rules = self._rules
        inputs = (
            place.around & rules.scopes,
            place.key if place.key in rules.keys else None,
            (place.released | self._released) & rules.rollouts,
        )
        found = self._known.get(inputs)
        return self._compile(inputs, place) if found is None else found

    def _compile(self, inputs: object, place: Place) -> Compiled:
        released = place.released | self._released
        state = compile_state(self._rules.rules_for(place), place, released, self._now)
        name = digest(state, self._decided_at)
        # Different inputs often come to the same; one value is kept for all of them.
        compiled = Compiled(name, self.states.setdefault(name, state))
        self._known[inputs] = compiled
        return compiled


def compile_state(
    rules: Iterable[Assignment], place: Place, released: frozenset[int], now: datetime
) -> DesiredState:
    """Compile for one device; every other way of asking for wishes of a place leads here."""
    state = compile_desired_state(rules, _facts(place, released), now)
    # When to look again belongs to the instant, and would tell equal wishes apart.
    return replace(state, changes_at=None)


def compile_city(rules: Rules, places: Sequence[Place], now: datetime) -> CompiledCity:
    """Compile for every device.

    places: one for each device, in any order. The order of the rules does not matter either.
    """
    book = RuleBook.of(rules)
    compiler = Compiler(book, now)
    by_device = {place.device: compiler.compiled(place).digest for place in places}
    return CompiledCity(book, now, places, compiler.states, by_device)


def recompile(city: CompiledCity, rules: Rules) -> CompiledCity:
    """Compile again after a change of rules, for those only whom it concerns."""
    book = RuleBook.of(rules)
    changed = city.rules.changed(book)
    compiler = Compiler(book, city.now)
    again = {
        place.device: compiler.compiled(place).digest
        for place in city.places
        if changed.concerns(place)
    }
    return CompiledCity(
        book, city.now, city.places, {**city.states, **compiler.states}, {**city.by_device, **again}
    )


def _rollouts(rule: Assignment) -> Iterator[int]:
    yield from (number for number in (rule.rollout, rule.ending_rollout) if number is not None)
    yield from (one.rollout for profile in rule.profiles for one in profile.successors)


def _facts(place: Place, released: frozenset[int]) -> DeviceFacts:
    """As much of a device as its wishes depend on."""
    return DeviceFacts(
        key=place.key,
        management=Management.ENROLLED,
        scopes=place.around | {place.itself},
        profile_prefix="",
        enrollment_profile="",
        released=released,
    )
