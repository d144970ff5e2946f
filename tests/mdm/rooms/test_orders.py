"""Orders: who may give them, for which iPads, how many, and what stops them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from mdm.base.db import Database
from mdm.base.errors import Conflict, Forbidden, InvalidInput, NotFound
from mdm.base.settings import Settings
from mdm.base.vault import Vault, open_vault
from mdm.rooms.access.models import Role
from mdm.rooms.access.service import Viewer
from mdm.rooms.actions import by_hand, service
from mdm.rooms.actions.models import Action, ActionDevice
from mdm.rooms.actions.service import OrderOutcome
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.outbox.models import OutboxItem
from policies.actions import RemoteKind
from policies.delivery import DeliveryState
from policies.verdict import RefusalKind
from profiles.commands.wire import read_command
from tests.factories import people
from tests.factories.devices import a_held_ipad, an_enrollment, an_ipad
from tests.factories.schools import a_school
from tests.mdm.rooms.last_door import LastDoor

SETTINGS = Settings(erase_quota_person=2, erase_quota_city=3)
ERASE, RESTART = RemoteKind.ERASE, RemoteKind.RESTART
DAY = timedelta(days=1)


@dataclass
class Town:
    """Two schools, people of every role, and four iPads in the first school."""

    database: Database
    vault: Vault
    now: datetime
    viewers: dict[str, Viewer]
    ipads: list[Enrollment]
    elsewhere: Enrollment

    def order(
        self,
        kind: RemoteKind,
        ipads: Sequence[Enrollment],
        *,
        by: str = "manager_a",
        reason: str = "broken glass",
        at: datetime | None = None,
        **parameters: Any,
    ) -> OrderOutcome:
        with self.database.transaction() as tx:
            return service.order(
                tx,
                self.viewers[by],
                kind,
                [row.device_id for row in ipads],
                parameters,
                reason,
                at or self.now,
                SETTINGS,
                self.vault,
            )

    def second(self, outcome: OrderOutcome, by: str = "colleague") -> OrderOutcome:
        assert outcome.action_id is not None
        with self.database.transaction() as tx:
            return service.second(
                tx, self.viewers[by], outcome.action_id, self.now, SETTINGS, self.vault
            )

    def cancel(self, outcome: OrderOutcome, by: str = "manager_a") -> int:
        assert outcome.action_id is not None
        with self.database.transaction() as tx:
            return service.cancel(tx, self.viewers[by], outcome.action_id, self.now)

    def commands(self) -> list[Command]:
        with self.database.reading() as tx:
            return list(tx.scalars(select(Command).order_by(Command.id)))

    def acts(self) -> list[tuple[str, str]]:
        with self.database.reading() as tx:
            entries = tx.scalars(select(AuditEntry).order_by(AuditEntry.id))
            return [(entry.actor, entry.act) for entry in entries]


@pytest.fixture
def town(database: Database, vault: Vault, now: datetime) -> Town:
    with database.transaction() as tx:
        here, there = a_school(tx), a_school(tx, "13", "Beispielschule Süd")
        persons = {
            "manager_a": people.manager_a(tx, here),
            "manager_b": people.manager_b(tx, there),
            "colleague": people.a_person(tx, "colleague", schools=[here]),
            "helpdesk": people.helpdesk(tx, here),
            "reader": people.reader(tx, here),
            "administrator": people.administrator(tx),
        }
        viewers = {name: people.viewer(tx, person) for name, person in persons.items()}
        ipads = [an_ipad(tx, here, f"SIM{number}") for number in range(4)]
        elsewhere = an_ipad(tx, there, "SIM9")
    return Town(database, vault, now, viewers, ipads, elsewhere)


def kind_of(outcome: OrderOutcome) -> RefusalKind | None:
    return outcome.refusal.kind if outcome.refusal is not None else None


class TestOrdering:
    def test_a_restart_is_queued_with_its_approval_and_a_push(self, town: Town) -> None:
        outcome = town.order(RESTART, town.ipads[:2])

        assert outcome.queued == tuple(row.device_id for row in town.ipads[:2])
        first, _ = town.commands()
        manager = town.viewers["manager_a"].actor.name
        assert (first.request_type, first.state) == ("RestartDevice", DeliveryState.QUEUED)
        assert (first.is_guarded, first.approved_by) == (True, manager)
        assert (first.approved_generation, first.approved_until) == (1, town.now + DAY)
        assert first.expires_at == town.now + DAY
        with town.database.reading() as tx:
            keys = set(tx.scalars(select(OutboxItem.key)))
        assert keys == {str(row.id) for row in town.ipads[:2]}
        assert town.acts() == [(manager, "action.order")]

    def test_what_was_ordered_leaves_by_the_last_door(self, town: Town) -> None:
        town.order(ERASE, town.ipads[:1])

        body = LastDoor(town.database, town.vault, town.ipads[0], town.now).ask()

        assert body is not None
        assert read_command(body)[1].parameters == {"PreserveDataPlan": True}

    def test_no_approval_is_longer_than_a_week(self, town: Town) -> None:
        town.order(ERASE, town.ipads[:1])

        (erase,) = town.commands()
        assert erase.approved_until == town.now + 7 * DAY

    def test_an_unsupervised_ipad_is_not_restarted_and_the_reason_is_told(self, town: Town) -> None:
        with town.database.transaction() as tx:
            tx.get_one(Device, town.ipads[0].device_id).is_supervised = False

        outcome = town.order(RESTART, town.ipads[:1])

        assert (outcome.action_id, outcome.queued) == (None, ())
        ((number, refusal),) = outcome.refused
        assert number == town.ipads[0].device_id
        assert refusal.values["why"] == "needs supervision"
        assert refusal.values["next_step"]
        assert town.commands() == []
        assert [act for _, act in town.acts()] == ["action.refused"]

    def test_one_that_cannot_does_not_keep_the_others(self, town: Town) -> None:
        with town.database.transaction() as tx:
            tx.get_one(Device, town.ipads[0].device_id).is_supervised = None

        outcome = town.order(RESTART, town.ipads[:3])

        assert outcome.queued == tuple(row.device_id for row in town.ipads[1:3])
        assert [number for number, _ in outcome.refused] == [town.ipads[0].device_id]
        with town.database.reading() as tx:
            words = set(tx.scalars(select(ActionDevice.refused_kind)))
        assert words == {None, "unknown supervision"}

    def test_an_ipad_that_is_not_enrolled_or_held_gets_nothing(self, town: Town) -> None:
        with town.database.transaction() as tx:
            school = tx.get_one(Device, town.ipads[0].device_id).school_id
            held = a_held_ipad(tx, serial="SIM11")
            gone = an_ipad(tx, serial="SIM12")
            gone.ended_at = town.now
            for row in (held, gone):
                tx.get_one(Device, row.device_id).school_id = school

        outcome = town.order(RESTART, [held, gone])

        assert {why.values["why"] for _, why in outcome.refused} == {"not enrolled"}
        assert town.commands() == []

    def test_a_passcode_without_an_unlock_token_cannot_be_cleared(self, town: Town) -> None:
        outcome = town.order(RemoteKind.CLEAR_PASSCODE, town.ipads[:1])

        ((_, refusal),) = outcome.refused
        assert refusal.values["why"] == "no unlock token"

    @pytest.mark.parametrize(
        ("kind", "parameters"),
        [
            (RemoteKind.ENABLE_LOST_MODE, {}),
            (ERASE, {"Nonsense": True}),
            (ERASE, {"ReturnToService": {"Enabled": True}}),
            (RemoteKind.CLEAR_PASSCODE, {"UnlockToken": b"x"}),
        ],
    )
    def test_a_wrong_parameter_is_refused_before_anything_is_kept(
        self, town: Town, kind: RemoteKind, parameters: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidInput):
            town.order(kind, town.ipads[:1], **parameters)

    def test_an_order_without_a_reason_is_refused(self, town: Town) -> None:
        outcome = town.order(RESTART, town.ipads[:1], reason="  ")

        assert kind_of(outcome) is RefusalKind.NO_REASON
        assert town.commands() == []

    def test_an_order_for_nobody_is_refused(self, town: Town) -> None:
        assert kind_of(town.order(RESTART, [])) is RefusalKind.NO_DEVICES

    def test_a_second_restart_replaces_one_that_still_waits(self, town: Town) -> None:
        town.order(RESTART, town.ipads[:1])
        town.order(RESTART, town.ipads[:1])

        states = [row.state for row in town.commands()]
        assert states == [DeliveryState.CANCELLED, DeliveryState.QUEUED]


class TestWhoMay:
    @pytest.mark.parametrize(
        ("by", "kind"),
        [("reader", RESTART), ("helpdesk", ERASE), ("helpdesk", RemoteKind.LOCK)],
    )
    def test_a_role_that_may_not_is_told_so(self, town: Town, by: str, kind: RemoteKind) -> None:
        with pytest.raises(Forbidden):
            town.order(kind, town.ipads[:1], by=by)

    def test_an_ipad_out_of_sight_looks_like_none(self, town: Town) -> None:
        with pytest.raises(NotFound):
            town.order(RESTART, [town.ipads[0], town.elsewhere])
        with pytest.raises(NotFound):
            town.order(RESTART, town.ipads[:1], by="manager_b")

        assert town.commands() == []

    def test_nobody_of_another_school_seconds_or_cancels(self, town: Town) -> None:
        outcome = town.order(ERASE, town.ipads[:3])

        with pytest.raises(NotFound):
            town.second(outcome, by="manager_b")
        with pytest.raises(NotFound):
            town.cancel(outcome, by="manager_b")
        with pytest.raises(Forbidden):
            town.second(outcome, by="helpdesk")


class TestBudget:
    def test_one_erase_too_many_waits_for_a_second_person(self, town: Town) -> None:
        outcome = town.order(ERASE, town.ipads[:3])

        assert outcome.needs_second
        assert kind_of(outcome) is RefusalKind.SECOND_PERSON_NEEDED
        assert town.commands() == []

    def test_erases_of_the_last_hour_count(self, town: Town) -> None:
        town.order(ERASE, town.ipads[:2])

        held = town.order(ERASE, town.ipads[2:3])
        later = town.order(ERASE, town.ipads[2:3], at=town.now + timedelta(minutes=61))

        assert held.needs_second
        assert later.queued == (town.ipads[2].device_id,)

    def test_the_city_has_a_budget_beside_each_persons(self, town: Town) -> None:
        town.order(ERASE, town.ipads[:2])

        outcome = town.order(ERASE, town.ipads[2:], by="colleague")

        assert outcome.needs_second

    def test_nothing_is_queued_that_only_waits_for_a_second_person(self, town: Town) -> None:
        town.order(ERASE, town.ipads[:3])

        assert LastDoor(town.database, town.vault, town.ipads[0], town.now).ask() is None

    def test_a_second_person_lets_it_go(self, town: Town) -> None:
        held = town.order(ERASE, town.ipads[:3])

        outcome = town.second(held)

        assert len(outcome.queued) == 3
        seconds = {row.approved_second_by for row in town.commands()}
        assert seconds == {town.viewers["colleague"].actor.name}
        assert LastDoor(town.database, town.vault, town.ipads[0], town.now).ask() is not None

    def test_nobody_seconds_himself(self, town: Town) -> None:
        outcome = town.second(town.order(ERASE, town.ipads[:3]), by="manager_a")

        assert kind_of(outcome) is RefusalKind.SAME_PERSON
        assert town.commands() == []

    def test_two_who_second_are_one_too_many(self, town: Town) -> None:
        held = town.order(ERASE, town.ipads[:3])
        town.second(held)

        again = town.second(held, by="administrator")

        assert kind_of(again) is RefusalKind.ALREADY_SECONDED
        assert len(town.commands()) == 3

    def test_an_ipad_that_enrolled_anew_is_not_the_one_that_was_meant(self, town: Town) -> None:
        held = town.order(ERASE, town.ipads[:3])
        with town.database.transaction() as tx:
            old = tx.get_one(Enrollment, town.ipads[0].id)
            old.ended_at = town.now
            tx.flush()
            an_enrollment(tx, tx.get_one(Device, old.device_id), generation=2)

        outcome = town.second(held)

        assert outcome.queued == tuple(row.device_id for row in town.ipads[1:3])
        ((number, refusal),) = outcome.refused
        assert (number, refusal.kind) == (town.ipads[0].device_id, RefusalKind.OTHER_GENERATION)

    def test_an_ipad_that_joins_the_class_later_is_not_on_the_list(self, town: Town) -> None:
        held = town.order(ERASE, town.ipads[:3])
        with town.database.transaction() as tx:
            school = tx.get_one(Device, town.ipads[0].device_id).school_id
            newcomer = an_ipad(tx, serial="SIM20")
            tx.get_one(Device, newcomer.device_id).school_id = school

        assert len(town.second(held).queued) == 3

    def test_an_order_that_has_expired_is_not_seconded(self, town: Town) -> None:
        held = town.order(ERASE, town.ipads[:3])
        town.now += 8 * DAY

        assert kind_of(town.second(held)) is RefusalKind.APPROVAL_EXPIRED

    def test_a_second_person_helps_what_is_queued_past_the_last_door(self, town: Town) -> None:
        queued = town.order(ERASE, town.ipads[:2])

        town.second(queued)

        seconds = {row.approved_second_by for row in town.commands()}
        assert seconds == {town.viewers["colleague"].actor.name}


class TestStopping:
    def test_a_cancelled_order_is_taken_back(self, town: Town) -> None:
        outcome = town.order(ERASE, town.ipads[:2])

        assert town.cancel(outcome, by="colleague") == 2

        assert {row.state for row in town.commands()} == {DeliveryState.CANCELLED}
        assert [act for _, act in town.acts()] == ["action.order", "action.cancel"]
        with pytest.raises(Conflict):
            town.cancel(outcome)

    def test_a_cancelled_order_is_not_seconded(self, town: Town) -> None:
        held = town.order(ERASE, town.ipads[:3])
        town.cancel(held)

        with pytest.raises(Conflict):
            town.second(held)

    def test_the_stop_switch_takes_back_refuses_and_journals(self, town: Town) -> None:
        queued = town.order(RESTART, town.ipads[:2])
        held = town.order(ERASE, town.ipads[:3])

        with town.database.transaction() as tx:
            stopped = service.stop_all(tx, town.viewers["manager_b"], "attack", town.now)

        assert stopped == len(queued.queued)
        assert {row.state for row in town.commands()} == {DeliveryState.CANCELLED}
        assert kind_of(town.order(RESTART, town.ipads[:1])) is RefusalKind.STOPPED
        with pytest.raises(Conflict):
            town.second(held)
        assert "stop.press" in [act for _, act in town.acts()]

    def test_only_an_administrator_releases_the_stop_switch(self, town: Town) -> None:
        with town.database.transaction() as tx:
            service.stop_all(tx, town.viewers["manager_a"], "attack", town.now)

        with town.database.transaction() as tx, pytest.raises(Forbidden):
            service.release_stop(tx, town.viewers["manager_a"], town.now)
        with town.database.transaction() as tx:
            assert service.release_stop(tx, town.viewers["administrator"], town.now)

        assert town.order(RESTART, town.ipads[:1]).queued

    @pytest.mark.parametrize(("by", "error"), [("helpdesk", Forbidden), ("reader", Forbidden)])
    def test_who_may_not_erase_may_not_stop(
        self, town: Town, by: str, error: type[Exception]
    ) -> None:
        with town.database.transaction() as tx, pytest.raises(error):
            service.stop_all(tx, town.viewers[by], "attack", town.now)


class TestByHand:
    def give(
        self, town: Town, request_type: str, by: str = "administrator", reason: str = "", **p: Any
    ) -> Command:
        with town.database.transaction() as tx:
            return by_hand.command(
                tx,
                town.viewers[by],
                town.ipads[0].id,
                request_type,
                p,
                reason,
                town.now,
                town.vault,
            )

    def test_an_administrator_gives_any_other_command(self, town: Town) -> None:
        row = self.give(town, "DeviceInformation", Queries=["OSVersion"])

        assert (row.request_type, row.is_guarded) == ("DeviceInformation", False)

    def test_nobody_else_does(self, town: Town) -> None:
        with pytest.raises(Forbidden):
            self.give(town, "DeviceInformation", by="manager_a", Queries=["OSVersion"])

    @pytest.mark.parametrize("request_type", ["EraseDevice", "InstallProfile", "Nonsense"])
    def test_what_has_a_door_of_its_own_does_not_leave_by_this_one(
        self, town: Town, request_type: str
    ) -> None:
        with pytest.raises(InvalidInput):
            self.give(town, request_type)

    def test_a_destructive_one_needs_a_reason_and_carries_an_approval(self, town: Town) -> None:
        with pytest.raises(InvalidInput, match="reason"):
            self.give(town, "RemoveApplication", Identifier="de.example.app")

        row = self.give(town, "RemoveApplication", reason="gone", Identifier="de.example.app")

        assert row.is_guarded
        assert LastDoor(town.database, town.vault, town.ipads[0], town.now).uuid() == row.uuid

    def test_a_device_that_cannot_is_not_asked(self, town: Town) -> None:
        with town.database.transaction() as tx:
            tx.get_one(Device, town.ipads[0].device_id).is_supervised = False

        with pytest.raises(Conflict, match="needs supervision"):
            self.give(town, "ClearRestrictionsPassword")


def test_an_order_keeps_its_list_and_who_asked(town: Town) -> None:
    outcome = town.order(ERASE, town.ipads[:2])

    with town.database.reading() as tx:
        action = tx.get_one(Action, outcome.action_id)
        rows = tx.scalars(select(ActionDevice).order_by(ActionDevice.device_id)).all()
    assert (action.kind, action.ordered_by) == (ERASE, town.viewers["manager_a"].actor.name)
    assert [row.enrollment_id for row in rows] == [row.id for row in town.ipads[:2]]
    assert town.viewers["manager_a"].role is Role.CAMPUS_MANAGER


def test_whoever_presses_the_stop_switch_waits_for_an_order_under_way(
    postgres_url: str, now: datetime
) -> None:
    """Or that order would be queued behind the stop's back. SQLite has one writer anyway."""
    database = Database(postgres_url)
    with database.transaction() as tx:
        vault = open_vault(tx, b"m" * 32, now)
        viewer = people.viewer(tx, people.administrator(tx))
        ipad = an_ipad(tx)

    with database.transaction() as ordering:
        ids = [ipad.device_id]
        service.order(ordering, viewer, RESTART, ids, {}, "slow", now, SETTINGS, vault)
        with database.transaction() as stopping:
            stopping.execute(text("SET LOCAL lock_timeout = '50ms'"))

            with pytest.raises(OperationalError):
                service.stop_all(stopping, viewer, "attack", now)

    with database.transaction() as tx:
        assert service.stop_all(tx, viewer, "attack", now) == 1
    database.close()
