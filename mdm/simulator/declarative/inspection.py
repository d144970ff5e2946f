"""Looking at what declarations did to an iPad, for tests, demonstration and observers.

Here: how declarations stand. Not here: the rules that follow from them
(mdm.simulator.rules_in_force), updates of the system (`SimulatedIpad.update`).
"""

from dataclasses import dataclass

from mdm.simulator.declarative.client import Validity
from mdm.simulator.ipad import SimulatedIpad


@dataclass(frozen=True, slots=True)
class Standing:
    """One declaration on an iPad. reasons: codes, such as Error.MissingAssets."""

    declaration_type: str
    server_token: str
    active: bool
    validity: Validity
    reasons: tuple[str, ...]


def declarations_on(ipad: SimulatedIpad) -> dict[str, Standing]:
    """Tell how every declaration of the device channel stands, by identifier."""
    client = ipad.declarative
    if client is None:
        return {}
    return {
        name: Standing(
            client.declarations[name].declaration_type,
            client.declarations[name].server_token,
            state.active,
            state.validity,
            tuple(reason.code for reason in state.reasons),
        )
        for name, state in client.states.items()
        if name in client.declarations
    }


def active_on(ipad: SimulatedIpad) -> set[str]:
    """Name the configurations and activations that are in force."""
    return {name for name, one in declarations_on(ipad).items() if one.active}
