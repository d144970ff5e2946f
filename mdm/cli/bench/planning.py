"""Measuring what a city's wishes cost: everything, one grade, and the preview of a change.

Here: seconds of one core and memory, beside a yardstick of the same machine in the same run.
Not here: the generated city (city.py), what is compiled (policies.city).
"""

import gc
import resource
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from time import process_time

from mdm.cli.bench.city import RULES_PER_DEVICE, generate, new_app_for_grade
from policies.change_plan import Situated, preview
from policies.city import compile_city, recompile
from policies.scope import Scope, ScopeKind

BARS_S = {"full": 30.0, "one_grade": 1.0}
"""The most seconds that either may take on one core."""

_SCHOOL = Scope(ScopeKind.SCHOOL, "1")
_GRADE = "9"
_KIB_PER_MB = 1024
_SINCE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CityOutcome:
    """What a run found.

    seconds: of CPU, the median of all rounds. states: distinct ones. touched: iPads of the grade,
    as the preview counts them. memory_mb: of the process at its largest; city_mb: before anything
    was compiled.
    """

    schools: int
    devices: int
    seconds: dict[str, float]
    yardstick_s: float
    states: int
    touched: int
    city_mb: float
    memory_mb: float

    @property
    def missed(self) -> list[str]:
        """The bars that were not held."""
        return [name for name, most in BARS_S.items() if self.seconds[name] > most]

    def as_json(self) -> dict[str, object]:
        """As one object; seconds, and how often the yardstick goes into them."""
        return {
            "ok": not self.missed,
            "schools": self.schools,
            "devices": self.devices,
            "rules_per_device": RULES_PER_DEVICE,
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
            "yardstick_seconds": round(self.yardstick_s, 3),
            "ratios": {
                name: round(value / self.yardstick_s, 2) for name, value in self.seconds.items()
            },
            "bars_seconds": BARS_S,
            "states": self.states,
            "touched": self.touched,
            "memory_mb": {"city": round(self.city_mb, 1), "peak": round(self.memory_mb, 1)},
        }


def measure_city(schools: int, devices: int, rounds: int, now: datetime) -> CityOutcome:
    """Compile a generated city, change one grade of it, and preview that change.

    rounds: how often each is done; the median counts.
    """
    city = generate(schools, devices, now - _SINCE)
    city_mb = _peak_mb()
    after = city.with_rule(_SCHOOL, new_app_for_grade(_SCHOOL.name, _GRADE, now))
    compiled = compile_city(city.rules, city.places, now)
    staying = [Situated.staying(place) for place in city.places]
    shown = preview((), city.rules, after, staying, now)
    acts: dict[str, Callable[[], object]] = {
        "full": lambda: compile_city(city.rules, city.places, now),
        "one_grade": lambda: recompile(compiled, after),
        "preview": lambda: preview((), city.rules, after, staying, now),
    }
    return CityOutcome(
        schools,
        devices,
        {name: _seconds(act, rounds) for name, act in acts.items()},
        _seconds(_yardstick, rounds),
        len(set(compiled.by_device.values())),
        shown.device_count,
        city_mb,
        _peak_mb(),
    )


def _seconds(act: Callable[[], object], rounds: int) -> float:
    """Seconds of CPU, the median of some rounds."""
    found = []
    for _ in range(rounds):
        gc.collect()
        begun = process_time()
        act()
        found.append(process_time() - begun)
    return median(found)


def _yardstick() -> int:
    """What every interpreter does much of: a million small tuples, hashed and found again."""
    table = {(number, str(number)): number for number in range(500_000)}
    return sum(table[number, str(number)] for number in range(500_000))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_MB
