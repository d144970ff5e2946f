"""The demonstration: its scene can be set again, and only what rows prove counts."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from enrollment.standing import EnrollmentState, HoldReason
from mdm.base.bell import NoBell
from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.base.errors import Conflict
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.cli.demo import evidence
from mdm.cli.demo.evidence import INVENTORY, Cast
from mdm.cli.demo.report import StepResult, as_json
from mdm.cli.demo.scene import claim_home, set_scene
from mdm.rooms.access import service as access
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Device
from policies.delivery import DeliveryState
from tests.factories.devices import a_report, an_enrollment, an_ipad
from tests.factories.times import NOW

SERIALS = ["SIMF00000000", "SIMF00000001", "SIMF00000002"]
CAST = Cast(frozenset(SERIALS), NOW - timedelta(minutes=1))


@pytest.fixture
def tools(database: Database, vault: Vault, now: datetime) -> Tools:
    return Tools(Settings(), database, vault, FixedClock(now), NoBell())


def test_the_first_half_of_the_ipads_is_expected_at_the_first_school(tools: Tools) -> None:
    with tools.database.transaction() as tx:
        scene = set_scene(tx, tools, SERIALS)

    with tools.database.reading() as tx:
        devices = {d.serial: d for d in tx.scalars(select(Device))}
    schools = [devices[serial].school_id for serial in SERIALS]
    assert schools[0] == schools[1] != schools[2]
    assert set(scene.links) == set(SERIALS)
    assert len(scene.wifi_keys) == len(scene.restriction_keys) == 2


def test_the_scene_is_set_again_with_a_new_password_and_lets_known_ipads_return(
    tools: Tools,
) -> None:
    with tools.database.transaction() as tx:
        first = set_scene(tx, tools, SERIALS)
    with tools.database.transaction() as tx:
        again = set_scene(tx, tools, SERIALS)

    assert again.wifi_keys == first.wifi_keys
    with tools.database.transaction() as tx:
        found = access.credentials(tx, "demo")
        assert not found.fit(first.password)
        assert found.fit(again.password)
        assert all(device.is_return_expected for device in tx.scalars(select(Device)))


def test_the_home_of_another_installation_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "klassensatz.sqlite").touch()

    with pytest.raises(Conflict):
        claim_home(tmp_path)


def test_a_home_stays_the_demonstrations_own(tmp_path: Path) -> None:
    claim_home(tmp_path)
    (tmp_path / "klassensatz.sqlite").touch()

    claim_home(tmp_path)


def test_an_enrolment_of_an_earlier_run_or_a_held_one_does_not_count(database: Database) -> None:
    with database.transaction() as tx:
        an_ipad(tx, serial=SERIALS[0])
        old = an_ipad(tx, serial=SERIALS[1])
        old.authenticated_at = CAST.since - timedelta(seconds=1)
        held = an_ipad(tx, serial=SERIALS[2])
        held.held_reason = HoldReason.UNEXPECTED_SERIAL

    with database.reading() as tx:
        assert evidence.enrolled(tx, CAST) == {SERIALS[0]}


def test_an_accepted_command_is_not_proven(database: Database) -> None:
    with database.transaction() as tx:
        for serial, state in zip(SERIALS, ("accepted", "proven", "failed"), strict=True):
            enrollment = an_ipad(tx, serial=serial)
            tx.add(_command(enrollment.id, serial, DeliveryState(state)))

    with database.reading() as tx:
        assert evidence.commands_proven(tx, CAST, ["key"]) == {SERIALS[1]}
        assert evidence.commands_accepted(tx, CAST, ["key"]) == {SERIALS[0]}


def test_a_command_of_an_ended_enrolment_proves_nothing_for_the_next(database: Database) -> None:
    with database.transaction() as tx:
        ended = an_ipad(tx, serial=SERIALS[0])
        ended.state, ended.ended_at = EnrollmentState.REPLACED, NOW
        tx.add(_command(ended.id, SERIALS[0], DeliveryState.PROVEN))
        tx.flush()
        an_enrollment(tx, tx.get_one(Device, ended.device_id))

    with database.reading() as tx:
        assert evidence.commands_proven(tx, CAST, ["key"]) == set()


def test_an_inventory_counts_when_every_part_of_it_was_told(database: Database) -> None:
    with database.transaction() as tx:
        whole, part = an_ipad(tx, serial=SERIALS[0]), an_ipad(tx, serial=SERIALS[1])
        for kind in sorted(INVENTORY):
            a_report(tx, whole, kind)
        a_report(tx, part, min(INVENTORY))

    with database.reading() as tx:
        assert evidence.inventory_reported(tx, CAST) == {SERIALS[0]}


@pytest.mark.parametrize(("proven", "ok"), [(30, True), (29, False)])
def test_one_missing_proof_makes_the_whole_not_ok(proven: int, ok: bool) -> None:
    found = as_json([StepResult("enrol", 30, 30, 4.24), StepResult("wlan", 30, proven, 1.0)])

    assert found["ok"] is ok
    assert found["steps"][0] == {"name": "enrol", "expected": 30, "proven": 30, "seconds": 4.2}


def test_nothing_played_is_not_ok() -> None:
    assert as_json([]) == {"ok": False, "steps": []}


@pytest.mark.drill
def test_two_ipads_go_through_every_step_and_again_in_the_same_home(
    clean_environment: Path,
) -> None:
    words = ["demo", "--devices", "2", "--once", "--json", "--port", "0"]

    for _ in range(2):
        command = [sys.executable, "-m", "mdm.cli", *words]
        run = subprocess.run(command, capture_output=True, text=True, timeout=900)
        found = json.loads(run.stdout)

        assert run.returncode == 0, run.stderr
        assert [step["name"] for step in found["steps"]] == [
            "enrol",
            "wlan",
            "restrictions",
            "inventory",
            "app",
            "roster-import",
            "assign-grade",
            "declarations",
            "undo",
            "restart",
            "erase",
        ]
        assert found["ok"]


def _command(enrollment_id: int, serial: str, state: DeliveryState) -> Command:
    now = datetime(2026, 9, 14, 8, tzinfo=UTC)
    return Command(
        uuid=f"UUID-{serial}",
        enrollment_id=enrollment_id,
        request_type="InstallProfile",
        state=state,
        acknowledged_state=DeliveryState.ACCEPTED,
        action_key="key",
        ordered_by="system:test",
        expires_at=now + timedelta(days=1),
        created_at=now,
    )
