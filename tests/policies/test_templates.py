"""Names and declarations that refer to facts of the device."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.actions import SetDeviceName
from policies.assignment import Assignment, DeclarationChoice
from policies.desired import compile_desired_state
from policies.plan import Plan, RefusalKind
from policies.reconcile import plan
from policies.reported import ReportedState
from policies.scenario_world import World, saw_capabilities
from policies.scope import CITY
from profiles.declarations.json_form import canonical
from profiles.schema.os_version import OsVersion
from profiles.variables import DeviceVariables
from tests.policies.builders import NOW, ipad

KNOWN = DeviceVariables(serial="SIM0000001", school_number="12")


def planned(template: str) -> Plan:
    device = replace(ipad(), variables=KNOWN)
    desired = compile_desired_state([Assignment(CITY, NOW, device_name=template)], device, NOW, ())
    return plan(desired, ReportedState(), (), device, NOW)


def test_a_name_is_filled_in_for_its_device() -> None:
    (step,) = planned("$SCHOOL_NUMBER-$SERIAL").steps

    assert step.action == SetDeviceName("12-SIM0000001")


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("$CLASS", RefusalKind.MISSING_VALUE),
        ("new $DEVICE_NAME", RefusalKind.INVALID),
        ("$NOBODY", RefusalKind.INVALID),
    ],
)
def test_a_name_that_cannot_be_filled_in_is_not_given(template: str, kind: RefusalKind) -> None:
    result = planned(template)

    assert [wish.kind for wish in result.unmet] == [kind]
    assert result.steps == ()


def test_a_declaration_is_told_with_the_facts_of_its_device() -> None:
    kind = "com.apple.configuration.management.test"
    choice = DeclarationChoice("cfg.echo", kind, canonical({"Echo": "school $SCHOOL_NUMBER"}))
    device = replace(ipad(), variables=KNOWN, os_version=OsVersion(26, 1))
    world = World(NOW, device, [Assignment(CITY, NOW, declarations=(choice,))], ())
    saw_capabilities(world)

    told = {each.identifier: each for each in world.plan().declarations or ()}

    assert told["cfg.echo"].payload == {"Echo": "school 12"}
