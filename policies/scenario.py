"""A text scenario: facts and changes, and the plan in words after each `plan`.

Here: the reader. Not here: wishes (policies.scenario_wishes), the world that changes
(policies.scenario_world), the plan itself (policies.reconcile), its words (policies.wording).
A scenario is a file of lines:

    now 2026-09-01T08:00                     or: now +10m (s, m, h, d)
    device ipad-1 supervised awaiting        further words: held retired unenrolled awaited enrolled
    identity FINGERPRINT until 2027-09-01T08:00
    os 18.1                                  the version that it last reported
    in school 12                             the city and the device itself are understood
    wish school 12: profile school.wifi v3 wifi
    wish class 12/7b: app de.example.maths 12345
    wish city: app de.example.maths 12345 optional
    wish city: profile school.wifi v3 wifi declared
    wish city: profile school.wifi v3 wifi then v4 rollout 7
    wish city: no-profile school.old         also: no-app ID, name "iPad 7"
    wish city: os 26.1 by 2026-10-02T18:00   on the device's own clock
    wish city: declaration cfg.code passcode.settings '{"MinimumLength": 6}'
    wish city from 2026-09-02T08:00 until 2026-09-02T10:00: …   also: rollout 1, ending 1
    released 1                               open roll-outs that have reached the device
    drop school 12: profile school.wifi v3 wifi
    freshness none                           no inventory in this scenario
    reported profiles school.wifi v3 wifi, school.x v1 unknown foreign
    reported some-profiles …                 a partial list: absence proves nothing
    reported apps de.example.maths managed   also: installing, user_installed, failed, …
    reported device_information "iPad 7"     any other query is answered without content
    reported capabilities                    all that this version can
    reported declarations                    all fetched and in force; or: cfg.code invalid CODE
    reported managed-apps de.example.maths managed
    queue                                    write down what the plan says
    answer all                               the device obeys whatever is due, questions apart
    accepted install_profile school.wifi v3  any delivery state; also `failed`, `deferred` …
    plan                                     what follows here is written by play()
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from policies.actions import ActionKey, ActionKind, QueryKind
from policies.delivery import DeliveryState
from policies.desired import DEFAULT_FRESHNESS
from policies.errors import InvalidScenario
from policies.evidence import (
    DeviceNameSeen,
    IdentitySeen,
)
from policies.facts import Management
from policies.reported import AppStatus, ReportedApp, ReportedProfile
from policies.scenario_wishes import instant, read_scope, read_wish
from policies.scenario_world import (
    World,
    answer,
    answered,
    judge,
    queue,
    saw_apps,
    saw_capabilities,
    saw_declarations,
    saw_managed_apps,
    saw_profiles,
    set_state,
)
from policies.scope import Scope, ScopeKind
from policies.wishes import ProfileKind
from policies.wording import describe_plan
from profiles.schema.os_version import OsVersion

_OUTPUT = "| "
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def play(text: str) -> str:
    """Play a scenario and return it with the plan in words after each `plan`.

    Lines that begin with `|` are output of an earlier play and are replaced, so a scenario whose
    expected text is right comes back unchanged.
    raises: InvalidScenario with the line.
    """
    world, played = World(), list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(_OUTPUT.rstrip()):
            continue
        played.append(line)
        if _tell(world, number, line) == "plan":
            played.extend(f"{_OUTPUT}{words}" for words in _plan_in_words(world))
    return "\n".join(played) + "\n"


def _plan_in_words(world: World) -> list[str]:
    return describe_plan(world.plan(), world.desired().conflicts)


def _tell(world: World, number: int, line: str) -> str | None:
    """Apply one line; returns its first word, None for an empty line."""
    try:
        words = shlex.split(line, comments=True)
        if words:
            _VERBS.get(words[0], _deliver)(world, words)
    except (ValueError, TypeError, LookupError) as error:
        raise InvalidScenario(number, line.split(maxsplit=1)[0], "cannot be read") from error
    return words[0] if words else None


def _now(world: World, words: Sequence[str]) -> None:
    step = re.fullmatch(r"\+(\d+)([smhd])", words[1])
    if step:
        world.now += timedelta(**{_UNITS[step[2]]: int(step[1])})
    else:
        world.now = instant(words[1])


def _device(world: World, words: Sequence[str]) -> None:
    flags = set(words[2:])
    known = [Management(flag) for flag in flags - {"supervised", "awaiting"}]
    place = Scope(ScopeKind.DEVICE, words[1])
    world.device = replace(
        world.device,
        key=words[1],
        management=known[0] if known else Management.ENROLLED,
        scopes=frozenset(s for s in world.device.scopes if s.kind is not place.kind) | {place},
        enrolled_at=world.now,
        supervised="supervised" in flags,
        awaiting_configuration="awaiting" in flags,
    )


def _identity(world: World, words: Sequence[str]) -> None:
    world.device = replace(
        world.device, identity_fingerprint=words[1], identity_expires_at=instant(words[3])
    )
    judge(world, IdentitySeen(world.now, words[1]))


def _in(world: World, words: Sequence[str]) -> None:
    world.device = replace(world.device, scopes=world.device.scopes | {read_scope(words[1:])})


def _wish(world: World, words: Sequence[str]) -> None:
    world.assignments.append(read_wish(world.now, words))


def _drop(world: World, words: Sequence[str]) -> None:
    unwanted = read_wish(world.now, words)
    kept = [a for a in world.assignments if replace(a, since=world.now) != unwanted]
    if len(kept) == len(world.assignments):
        raise ValueError("no such wish")
    world.assignments = kept


def _os(world: World, words: Sequence[str]) -> None:
    world.device = replace(world.device, os_version=OsVersion.parse(words[1]))


def _released(world: World, words: Sequence[str]) -> None:
    world.device = replace(world.device, released=frozenset(map(int, words[1:])))


def _reported(world: World, words: Sequence[str]) -> None:
    items = (part.split() for part in " ".join(words[2:]).split(","))
    content = [item for item in items if item]
    match words[1]:
        case "profiles" | "some-profiles":
            profiles = {item[0]: _profile(item, world.now) for item in content}
            saw_profiles(world, profiles, complete=words[1] == "profiles")
        case "apps":
            saw_apps(world, {item[0]: _app(item, world.now) for item in content})
        case "capabilities":
            saw_capabilities(world)
        case "declarations":
            saw_declarations(world, {item[0]: item[2] for item in content})
        case "managed-apps":
            saw_managed_apps(world, {item[0]: item[1] for item in content})
        case QueryKind.DEVICE_INFORMATION if len(words) > 2:
            world.reported = replace(world.reported, device_name=words[2])
            answered(world, QueryKind.DEVICE_INFORMATION)
            judge(world, DeviceNameSeen(world.now, words[2]))
        case other:
            answered(world, QueryKind(other))


def _profile(item: Sequence[str], now: datetime) -> ReportedProfile:
    identifier, version, kind, *rest = item
    known = None if kind == "unknown" else ProfileKind(kind)
    return ReportedProfile(identifier, version, now, False if rest == ["foreign"] else None, known)


def _app(item: Sequence[str], now: datetime) -> ReportedApp:
    identifier, word = item
    installing = word == "installing"
    status = AppStatus.UNDER_WAY if installing else AppStatus(word)
    installed = installing or status in (AppStatus.MANAGED, AppStatus.USER_INSTALLED)
    return ReportedApp(identifier, now, installed, installing, status)


def _deliver(world: World, words: Sequence[str]) -> None:
    key = ActionKey(ActionKind(words[1]), *words[2:])
    set_state(world, key, DeliveryState(words[0]))


def _freshness(world: World, words: Sequence[str]) -> None:
    world.freshness = {"none": (), "default": DEFAULT_FRESHNESS}[words[1]]


_VERBS: dict[str, Callable[[World, Sequence[str]], None]] = {
    "now": _now,
    "device": _device,
    "identity": _identity,
    "in": _in,
    "os": _os,
    "released": _released,
    "wish": _wish,
    "drop": _drop,
    "freshness": _freshness,
    "reported": _reported,
    "queue": lambda world, _words: queue(world),
    "answer": lambda world, _words: answer(world),
    "plan": lambda _world, _words: None,
}
