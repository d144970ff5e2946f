"""From a wish back to the decision it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from policies.assignment import AppChoice, Assignment, DeclarationChoice
from policies.desired import compile_desired_state
from policies.effects import wishes_of
from policies.origin import origins
from policies.scope import CITY
from policies.wishes import WantedDeclaration, Wish
from profiles.declarations.configurations import passcode
from profiles.declarations.declaration import declaration_identifier
from profiles.declarations.json_form import canonical
from tests.policies.builders import CLASS, NO_INVENTORY, NOW, SCHOOL, ipad, profile

DAY = timedelta(days=1)


def traced(*decided: Assignment) -> Mapping[Wish, int]:
    wishes = wishes_of(compile_desired_state(decided, ipad(), NOW, NO_INVENTORY))
    return origins(wishes, decided, ipad(), NOW)


def a_passcode(name: str, **payload: object) -> DeclarationChoice:
    identifier = declaration_identifier(passcode.TYPE, "b1", name)
    return DeclarationChoice(identifier, passcode.TYPE, canonical(payload))


def test_each_wish_leads_to_the_decision_that_won() -> None:
    city = Assignment(CITY, NOW, (profile("school.mail", 1),), (AppChoice("com.example.a"),))
    school = Assignment(SCHOOL, NOW, (profile("school.mail", 2),))

    found = {type(wish).__name__: position for wish, position in traced(city, school).items()}

    assert found == {"WantedApp": 0, "WantedProfile": 1}


def test_of_two_that_say_the_same_since_then_only_one_in_force_counts() -> None:
    over = Assignment(SCHOOL, NOW, apps=(AppChoice("com.example.a"),), ends_at=NOW)
    holds = replace(over, ends_at=NOW + DAY)

    assert set(traced(over, holds).values()) == {1}


def test_a_declaration_that_lost_a_key_still_knows_its_decision() -> None:
    longer = a_passcode("wide", CustomRegex={"Regex": "a"}, MinimumLength=6)
    wide = Assignment(SCHOOL, NOW, declarations=(longer,))
    narrow = Assignment(CLASS, NOW, declarations=(a_passcode("own", CustomRegex={"Regex": "b"}),))

    found = traced(wide, narrow)

    shortened = [wish.content for wish in found if isinstance(wish, WantedDeclaration)]
    assert longer.content not in shortened
    assert sorted(found.values()) == [0, 1]
