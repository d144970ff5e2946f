"""Figures about a fleet at one moment."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mdm.simulator.ipad import SimulatedIpad


@dataclass(frozen=True, slots=True)
class FleetStatistics:
    """All counted since the start of the fleet, but the states, which are the present ones.

    connections: on the command channel, tried or finished. pushes: with the right magic.
    commands: Apple's status → how often. executed_twice: CommandUUIDs carried out more than once.
    erasures: how often any iPad was erased. complaints: faults of the server that iPads noted.
    """

    ipads: int
    enrolled: int
    online: int
    locked: int
    requests: int
    connections: int
    pushes: int
    failed_enrolments: int
    erasures: int
    executed: int
    executed_twice: int
    commands: Counter[str]
    complaints: int


def figures_of(
    ipads: Iterable[SimulatedIpad],
    *,
    requests: int,
    connections: int,
    pushes: int,
    failed_enrolments: int,
) -> FleetStatistics:
    """Count. commands: of each iPad the newest only (`SimulatedIpad.history`)."""
    fleet = list(ipads)
    executions = [count for ipad in fleet for count in list(ipad.executed.values())]
    return FleetStatistics(
        ipads=len(fleet),
        enrolled=sum(ipad.is_enrolled for ipad in fleet),
        online=sum(ipad.is_online for ipad in fleet),
        locked=sum(ipad.is_locked_since_boot for ipad in fleet),
        requests=requests,
        connections=connections,
        pushes=pushes,
        failed_enrolments=failed_enrolments,
        erasures=sum(ipad.erasures for ipad in fleet),
        executed=sum(executions),
        executed_twice=sum(count > 1 for count in executions),
        commands=Counter(done.status for ipad in fleet for done in list(ipad.history)),
        complaints=sum(len(ipad.complaints) for ipad in fleet),
    )
