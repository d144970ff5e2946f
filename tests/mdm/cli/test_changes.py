"""`mdm assign` and `mdm change`: drafted, shown in words, approved by fingerprint, undone."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database
from mdm.cli.change_words import operation_text
from mdm.rooms.assignments.models import Assignment, RolloutDevice
from mdm.rooms.changes import advancing
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.naming import Named
from mdm.rooms.changes.spots import Spot
from mdm.rooms.devices.models import Device
from policies.operations import PlaceDevice, Placing
from policies.outcome import OutcomeKind
from tests.mdm.cli.conftest import Type
from tests.mdm.rooms.changing import SmallCity, a_small_city, comes_to

BEGIN = ("assign", "begin", "--school", "12", "--app", "com.example.rechnen")


@pytest.fixture(autouse=True)
def city(database: Database) -> SmallCity:
    with database.transaction() as tx:
        found = a_small_city(tx)
        tx.expunge_all()
    return found


def _drafted(mdm: Type, *words: str) -> dict[str, Any]:
    result = mdm(*BEGIN, *words, "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def _approve(mdm: Type, told: dict[str, Any]) -> dict[str, Any]:
    result = mdm(
        "change", "approve", str(told["id"]), "--fingerprint", told["fingerprint"], "--json"
    )
    assert result.exit_code == 0, result.output
    approved: dict[str, Any] = json.loads(result.stdout)
    return approved


def test_a_draft_is_told_in_words_and_nothing_is_done(mdm: Type, database: Database) -> None:
    result = mdm(*BEGIN, "--grade", "9", "--rings", "class 9b, all")

    assert result.exit_code == 0, result.output
    assert "begins for grade 9 of school 12" in result.stdout
    assert "3 iPads: SIM0000001, SIM0000002, SIM0000003" in result.stdout
    assert "gets app" in result.stdout
    assert "1. class 9b of school 12: 1 iPads" in result.stdout
    assert "2. all others: 2 iPads" in result.stdout
    assert "Fingerprint: " in result.stdout
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Assignment)) == 0


def test_a_move_is_told_from_where_to_where() -> None:
    move = PlaceDevice(1, Placing(1), Placing(2))
    before, after = Spot("12", "9a", "Koffer 1", 4, "Ada Beispiel"), Spot("13", owner=None)

    told = operation_text(Named(move, "SIM0000001", moved=(before, after)))

    assert told == (
        "iPad SIM0000001 is placed elsewhere: "
        "from school 12, class 9a, slot 4 in Koffer 1, owner Ada Beispiel "
        "to school 13, with an owner"
    )


def test_a_draft_for_programs_names_every_ipad(mdm: Type) -> None:
    told = _drafted(mdm, "--class", "9a")

    assert told["state"] == "drafted"
    assert told["effects"][0]["serials"] == ["SIM0000001", "SIM0000002"]
    assert told["has_way_back"] is True
    assert len(told["fingerprint"]) == 64


def test_approving_with_the_fingerprint_releases_the_first_ring(
    mdm: Type, database: Database
) -> None:
    told = _drafted(mdm, "--grade", "9", "--rings", "class 9b, all")

    approved = _approve(mdm, told)

    assert approved["state"] == "rolling_out"
    assert [ring["released_at"] is not None for ring in approved["rings"]] == [True, False]
    with database.reading() as tx:
        released = select(func.count()).where(RolloutDevice.released_at.is_not(None))
        assert tx.scalar(released) == 1


def test_things_that_moved_show_a_new_preview_and_fail(mdm: Type, database: Database) -> None:
    told = _drafted(mdm, "--grade", "9")
    with database.transaction() as tx:
        gone = tx.scalars(select(Device).where(Device.serial == "SIM0000003")).one()
        gone.class_group_id = None

    result = mdm("change", "approve", str(told["id"]), "--fingerprint", told["fingerprint"])

    assert result.exit_code == 1
    assert "nothing was done" in result.stderr
    assert "iPads touched: 2" in result.stdout
    with database.reading() as tx:
        plan = tx.get_one(ChangePlan, told["id"])
        assert (plan.state, plan.device_count) == (ChangeState.DRAFTED, 2)
        assert plan.fingerprint != told["fingerprint"]


def test_a_plan_is_stopped_resumed_and_undone(mdm: Type, database: Database) -> None:
    told = _drafted(mdm, "--grade", "9", "--rings", "class 9b, all")
    number = str(_approve(mdm, told)["id"])

    stopped = mdm("change", "stop", number, "--reason", "Probe", "--json")
    resumed = mdm("change", "resume", number)
    undoing = json.loads(mdm("change", "undo", number, "--json").stdout)
    _approve(mdm, undoing)

    assert json.loads(stopped.stdout)["stopped_because"] == "Probe"
    assert resumed.exit_code == 0
    assert undoing["undoes"] == told["id"]
    with database.reading() as tx:
        assert tx.get_one(ChangePlan, told["id"]).state is ChangeState.UNDONE


def test_rings_of_a_draft_can_be_changed(mdm: Type) -> None:
    told = _drafted(mdm, "--grade", "9")

    result = mdm("change", "rings", str(told["id"]), "--rings", "class 9a, all", "--json")

    arranged = json.loads(result.stdout)
    assert [ring["devices"] for ring in arranged["rings"]] == [2, 1]
    assert arranged["fingerprint"] != told["fingerprint"]


def test_plans_are_listed_by_state(mdm: Type) -> None:
    first = _drafted(mdm, "--class", "9a")
    mdm("change", "discard", str(first["id"]))
    second = _drafted(mdm, "--class", "9b")

    listed = json.loads(mdm("change", "list", "--state", "drafted", "--json").stdout)

    assert [row["id"] for row in listed] == [second["id"]]


def test_a_rule_in_force_is_listed_and_its_end_drafted(mdm: Type, database: Database) -> None:
    _approve(mdm, _drafted(mdm, "--class", "9a"))
    rule = json.loads(mdm("assign", "list", "--school", "12", "--json").stdout)[0]

    result = mdm("assign", "end", str(rule["id"]), "--json")

    told = json.loads(result.stdout)
    assert (rule["scope"], rule["scope_name"]) == ("class", "9a")
    assert told["effects"][0]["does"][0].startswith("need not have app")


def test_a_window_without_an_offset_is_of_this_machine(mdm: Type, database: Database) -> None:
    told = _drafted(mdm, "--class", "9a", "--from", "2030-01-07T08:00+00:00")

    with database.reading() as tx:
        spec = tx.get_one(ChangePlan, told["id"]).operations[0]["spec"]
    starts = datetime.fromisoformat(spec["starts_at"]).astimezone(UTC)
    assert starts == datetime(2030, 1, 7, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--grade", "9", "--class", "9a"), "one option only"),
        (("--class", "9z"), "no class 9z"),
        (("--grade", "13"), "no grade 13"),
        (("--group", "Nirgends"), "no smart group"),
        (("--serial", "SIM0000004"), "another school"),
        (("--rings", "klasse 9a"), "rings[0]"),
        (("--from", "morgen"), "no instant"),
        (("--profile", "WLAN"), "--blueprint, --profile or --app"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    mdm: Type, database: Database, words: tuple[str, ...], problem: str
) -> None:
    result = mdm(*BEGIN, *words)

    assert result.exit_code in (1, 2)
    assert problem in result.stderr
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(ChangePlan)) == 0


def test_a_plan_of_another_school_looks_like_none(mdm: Type) -> None:
    told = json.loads(
        mdm("assign", "begin", "--school", "13", "--app", "com.example.rechnen", "--json").stdout
    )

    result = mdm("--as", "manager_a", "change", "show", str(told["id"]))

    assert result.exit_code == 1
    assert "no change plan" in result.stderr


def test_a_plan_that_nothing_can_prove_says_what_resuming_means(
    mdm: Type, database: Database, city: SmallCity
) -> None:
    told = _drafted(mdm, "--grade", "9", "--rings", "class 9b, all")
    number = str(_approve(mdm, told)["id"])
    later = datetime.now(UTC) + timedelta(hours=2)
    with database.transaction() as tx:
        comes_to(tx, city.ipads[2], OutcomeKind.BLOCKED, later, "org.example.other")
        advancing.advance(tx, later)

    shown = mdm("change", "show", number).stdout

    assert "1 set aside for other reasons" in shown
    assert (
        "Stopped: ring 1: none of 1 iPads can prove it; "
        "resuming lets the next ring follow without a proof"
    ) in shown


def test_a_plan_of_the_city_tells_a_manager_about_his_own_ipads_only(mdm: Type) -> None:
    told = json.loads(mdm("assign", "begin", "--app", "com.example.rechnen", "--json").stdout)
    number = str(told["id"])

    result = mdm("--as", "manager_a", "change", "show", number)
    seen = json.loads(mdm("--as", "manager_a", "change", "show", number, "--json").stdout)
    refused = mdm(
        "--as", "manager_a", "change", "approve", number, "--fingerprint", told["fingerprint"]
    )

    assert "iPads touched: 4, 1 of which you do not see" in result.stdout
    assert "SIM0000004" not in result.stdout
    assert (seen["devices"], seen["devices_out_of_sight"]) == (4, 1)
    assert told["devices_out_of_sight"] == 0
    assert refused.exit_code == 1
    assert "decide about this change" in refused.stderr
