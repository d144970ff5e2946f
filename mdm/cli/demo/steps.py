"""The steps: what sets each off, what proves it, how long it is given.

Not here: the waiting (play.py), the doing (acts.py), what counts as proven (evidence.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from mdm.base.db import Tx
from mdm.cli.demo import evidence
from mdm.cli.demo.acts import Acts
from mdm.cli.demo.evidence import Cast
from mdm.cli.demo.scene import Scene
from policies.actions import RemoteKind


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Step:
    """expected: serial numbers. proven: asks the database. begin: what sets it off.

    nudge: done every few seconds until all is proven. patience_s: then it is given up.
    """

    name: str
    expected: frozenset[str]
    proven: Callable[[Tx], set[str]]
    patience_s: float
    begin: Callable[[], None] = field(default=_nothing)
    nudge: Callable[[], None] = field(default=_nothing)


def steps_of(acts: Acts, scene: Scene, cast: Cast) -> list[Step]:
    """All steps, in their order."""
    everybody, count = cast.serials, len(cast.serials)

    def proven_by(keys: frozenset[str]) -> Callable[[Tx], set[str]]:
        return lambda tx: evidence.commands_proven(tx, cast, keys)

    app_keys = frozenset({scene.app_key})
    to_restart, to_erase = min(everybody), max(everybody)
    return [
        Step(
            "enrol",
            everybody,
            lambda tx: evidence.enrolled(tx, cast),
            120 + 3 * count,
            begin=acts.open_links,
        ),
        Step("wlan", everybody, proven_by(scene.wifi_keys), 120 + 2 * count),
        Step("restrictions", everybody, proven_by(scene.restriction_keys), 90 + count),
        Step("inventory", everybody, lambda tx: evidence.inventory_reported(tx, cast), 90 + count),
        Step(
            "app",
            everybody,
            proven_by(app_keys),
            240 + count,
            nudge=lambda: acts.refresh_apps(app_keys),
        ),
        _order(acts, "restart", RemoteKind.RESTART, to_restart, lambda: acts.refresh(to_restart)),
        _order(acts, "erase", RemoteKind.ERASE, to_erase, lambda: acts.set_up_anew(to_erase)),
    ]


def _order(acts: Acts, name: str, kind: RemoteKind, serial: str, nudge: Callable[[], None]) -> Step:
    def proven(tx: Tx) -> set[str]:
        return {serial} if evidence.order_proven(tx, acts.order_of(kind)) else set()

    def begin() -> None:
        acts.order(kind, serial)

    return Step(name, frozenset({serial}), proven, 180, begin=begin, nudge=nudge)
