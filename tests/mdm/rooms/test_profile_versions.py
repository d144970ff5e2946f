"""Another version of a profile: drafted, brought ring by ring, taken back, never in passing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.base.errors import Conflict, Forbidden, InvalidInput
from mdm.base.vault import Vault
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.models import ProfileReplacement
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints import service as library
from mdm.rooms.blueprints import versions
from mdm.rooms.blueprints.models import Profile
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.changes import advancing
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.replacing import draft_profile
from mdm.rooms.changes.service import Approved, Wanted
from mdm.rooms.changes.stored import operations_of, preview_of
from mdm.rooms.facts.service import load
from mdm.rooms.schools.models import School
from policies.blueprint import ProfileSetting
from policies.effects import ChangeKind
from policies.operations import AssignmentSpec, BeginAssignment, ReplaceProfileVersion, Target
from policies.outcome import OutcomeKind
from policies.rings import Gate, RingKind, RingSpec
from policies.scope import Scope, ScopeKind
from policies.wishes import ProfileKind, WantedProfile
from profiles.configuration_profile import Payload
from profiles.payloads.restrictions import Restrictions
from profiles.payloads.wifi import Encryption, Personal, WifiNetwork
from tests.factories.devices import an_ipad
from tests.factories.profiles import UUID_2, a_mobileconfig, a_web_clip
from tests.mdm.rooms.changing import SmallCity, a_small_city, comes_to, is_due, released

ACTOR = Actor.system_user("tests")
HOUR = timedelta(hours=1)
RINGS = (
    RingSpec(RingKind.CHOSEN, (Scope(ScopeKind.CLASS, "12/9a"),)),
    RingSpec(RingKind.ALL),
)


@pytest.fixture
def tx(database: Database, vault: Vault) -> Iterator[Tx]:
    with database.transaction() as open_transaction:
        yield open_transaction


@pytest.fixture
def city(tx: Tx, now: datetime) -> SmallCity:
    """Every iPad has been as it should be for a day."""
    city = a_small_city(tx)
    for ipad in city.ipads:
        comes_to(tx, ipad, OutcomeKind.AS_WISHED, now - 24 * HOUR)
    return city


def network(tx: Tx, vault: Vault, school: School | None, passphrase: str, now: datetime) -> Saved:
    access = Personal(passphrase, Encryption.WPA2_OR_WPA3)
    return library.save_wifi(tx, vault, school, "WLAN", WifiNetwork("Schule", access), ACTOR, now)


@pytest.fixture
def first(tx: Tx, vault: Vault, city: SmallCity, now: datetime) -> Saved:
    """The network of school 12 in its first version, in force for the whole school."""
    saved = network(tx, vault, city.here, "das erste Wort", now)
    given(tx, saved, Target(city.here.id), now)
    for ipad in city.ipads:
        comes_to(tx, ipad, OutcomeKind.AS_WISHED, now - 24 * HOUR)
    return saved


@pytest.fixture
def second(tx: Tx, vault: Vault, city: SmallCity, first: Saved, now: datetime) -> Saved:
    """The same network with another passphrase; saved, and nothing more."""
    return network(tx, vault, city.here, "das zweite Wort", now)


def given(tx: Tx, saved: Saved, target: Target, now: datetime) -> None:
    spec = AssignmentSpec(target, profile_id=saved.profile.id)
    assignments.begin(tx, spec, ACTOR, now - 24 * HOUR)


def has(tx: Tx, ipad: int, now: datetime) -> list[int]:
    """Which versions of profiles an iPad should have."""
    return [wish.version for wish in load(tx, ipad, now).desired(now).profiles]


def everybody_has(tx: Tx, city: SmallCity, now: datetime) -> list[list[int]]:
    """Of the three iPads of school 12."""
    return [has(tx, ipad, now) for ipad in city.ipads[:3]]


def drafted(
    tx: Tx, vault: Vault, viewer: Viewer, before: Saved, after: Saved, now: datetime
) -> ChangePlan:
    operation = ReplaceProfileVersion(before.profile.id, before.version.id, after.version.id)
    wanted = Wanted("Neues Passwort", (operation,), "", RINGS, Gate(wait=HOUR))
    return changes.draft(tx, vault, viewer, wanted, now)


def approved(tx: Tx, vault: Vault, viewer: Viewer, plan: ChangePlan, now: datetime) -> ChangePlan:
    done = changes.approve(tx, vault, viewer, plan.id, plan.fingerprint, now)
    assert done == Approved(plan.id)
    return plan


def under_way(
    tx: Tx, vault: Vault, city: SmallCity, before: Saved, after: Saved, now: datetime
) -> ChangePlan:
    plan = drafted(tx, vault, city.manager, before, after, now)
    return approved(tx, vault, city.manager, plan, now)


def a_step(tx: Tx, city: SmallCity, now: datetime) -> datetime:
    """Whoever was released is as wished an hour later, and the clock of the house strikes."""
    for ipad, device in zip(city.ipads, city.devices, strict=True):
        if device in released(tx):
            comes_to(tx, ipad, OutcomeKind.AS_WISHED, now)
    advancing.advance(tx, now + HOUR)
    return now + HOUR


def through(tx: Tx, city: SmallCity, plan: ChangePlan, now: datetime) -> datetime:
    for _ in range(3):
        now = a_step(tx, city, now)
    assert plan.state is ChangeState.DONE
    return now


class TestSaving:
    def test_a_saved_version_reaches_nobody(
        self, tx: Tx, city: SmallCity, second: Saved, now: datetime
    ) -> None:
        assert second.profile.current_version == 1
        assert everybody_has(tx, city, now) == [[1], [1], [1]]

    def test_what_nobody_has_is_given_in_the_version_saved_last(
        self, tx: Tx, vault: Vault, city: SmallCity, now: datetime
    ) -> None:
        network(tx, vault, city.here, "das erste Wort", now)
        saved = network(tx, vault, city.here, "das zweite Wort", now)

        plan = draft_profile(
            tx, vault, city.manager, saved, "WLAN", now, target=Target(city.here.id)
        )

        assert plan is not None
        assert [type(one) for one in operations_of(plan)] == [BeginAssignment]
        approved(tx, vault, city.manager, plan, now)
        assert has(tx, city.ipads[0], now) == [2]

    def test_a_version_for_a_further_class_is_drafted_for_whoever_has_another_one_too(
        self, tx: Tx, vault: Vault, city: SmallCity, second: Saved, now: datetime
    ) -> None:
        plan = draft_profile(tx, vault, city.manager, second, "WLAN", now, target=city.class_a)

        assert plan is not None
        kinds = [type(one) for one in operations_of(plan)]
        assert kinds == [ReplaceProfileVersion, BeginAssignment]
        assert plan.device_count == 3

    def test_what_is_exactly_so_already_has_nothing_to_decide(
        self, tx: Tx, vault: Vault, city: SmallCity, first: Saved, now: datetime
    ) -> None:
        again = network(tx, vault, city.here, "das erste Wort", now)

        target = Target(city.here.id)
        plan = draft_profile(tx, vault, city.manager, again, "WLAN", now, target=target)

        assert plan is None

    def test_a_version_that_contains_a_network_is_known_as_one_before_the_profile_is(
        self, tx: Tx, vault: Vault, city: SmallCity, now: datetime
    ) -> None:
        clip = a_mobileconfig(a_web_clip())
        plain = library.save_custom(tx, vault, city.here, "Von Hand", clip, ACTOR, now)
        given(tx, plain, Target(city.here.id), now)
        keys = {"SSID_STR": "Schule", "EncryptionType": "WPA2", "Password": "ein langes Wort"}
        wifi = Payload("com.apple.wifi.managed", "de.example.wifi", UUID_2, "WLAN", keys)
        file = a_mobileconfig(wifi)
        saved = library.save_custom(tx, vault, city.here, "Von Hand", file, ACTOR, now)

        under_way(tx, vault, city, plain, saved, now)

        kinds = [load(tx, ipad, now).desired(now).profiles[0].kind for ipad in city.ipads[:3:2]]
        assert kinds == [ProfileKind.WIFI, ProfileKind.OTHER]
        assert plain.profile.kind is ProfileKind.OTHER


class TestOnItsWay:
    def test_the_preview_names_both_versions_on_every_ipad_of_the_school_and_no_other(
        self, tx: Tx, vault: Vault, city: SmallCity, first: Saved, second: Saved, now: datetime
    ) -> None:
        preview = preview_of(drafted(tx, vault, city.manager, first, second, now))

        assert preview.devices == city.devices[:3]
        change = preview.groups[0].effect.changes[0]
        assert change.kind is ChangeKind.REPLACES
        assert isinstance(change.before, WantedProfile)
        assert isinstance(change.after, WantedProfile)
        assert (change.before.version, change.after.version) == (1, 2)
        assert everybody_has(tx, city, now) == [[1], [1], [1]]

    def test_it_reaches_one_ring_after_the_other(
        self, tx: Tx, vault: Vault, city: SmallCity, first: Saved, second: Saved, now: datetime
    ) -> None:
        plan = under_way(tx, vault, city, first, second, now)

        assert everybody_has(tx, city, now) == [[2], [2], [1]]
        assert [is_due(tx, ipad) for ipad in city.ipads] == [True, True, False, False]
        now = a_step(tx, city, now)
        assert everybody_has(tx, city, now) == [[2], [2], [2]]
        through(tx, city, plan, now)

    def test_in_the_end_it_is_the_version_in_force(
        self, tx: Tx, vault: Vault, city: SmallCity, first: Saved, second: Saved, now: datetime
    ) -> None:
        plan = under_way(tx, vault, city, first, second, now)

        now = through(tx, city, plan, now)

        assert first.profile.current_version == 2
        assert everybody_has(tx, city, now) == [[2], [2], [2]]
        assert None not in tx.scalars(select(ProfileReplacement.ended_at)).all()

    def test_an_ipad_that_joins_late_gets_it_with_the_last_ring(
        self, tx: Tx, vault: Vault, city: SmallCity, first: Saved, second: Saved, now: datetime
    ) -> None:
        under_way(tx, vault, city, first, second, now)
        late = an_ipad(tx, city.here, "SIM0000009").id
        comes_to(tx, late, OutcomeKind.AS_WISHED, now)
        before = has(tx, late, now)

        now = a_step(tx, city, now)

        assert before == [1]
        assert has(tx, late, now) == [2]
        assert is_due(tx, late)

    def test_whoever_has_it_by_a_blueprint_gets_it_unless_it_names_a_version(
        self, tx: Tx, vault: Vault, city: SmallCity, now: datetime
    ) -> None:
        saved = [
            library.save_restrictions(
                tx, vault, None, "Kamera", Restrictions({"allowCamera": value}), ACTOR, now
            )
            for value in (False, True)
        ]
        for target, pinned in ((city.class_a, None), (Target(city.elsewhere.id), 1)):
            school = tx.get_one(School, target.school_id)
            setting = ProfileSetting(saved[0].profile.id, pinned)
            bundle = versions.save_blueprint(tx, school, "Kamera", [setting], ACTOR, now)
            spec = AssignmentSpec(target, blueprint_version_id=bundle.version.id)
            assignments.begin(tx, spec, ACTOR, now - HOUR)

        plan = drafted(tx, vault, city.administrator, saved[0], saved[1], now)
        approved(tx, vault, city.administrator, plan, now)

        assert preview_of(plan).devices == city.devices[:2]
        assert [has(tx, city.ipads[place], now) for place in (0, 3)] == [[2], [1]]

    def test_deciding_for_it_stands_in_the_journal_without_its_content(
        self, tx: Tx, vault: Vault, city: SmallCity, first: Saved, second: Saved, now: datetime
    ) -> None:
        under_way(tx, vault, city, first, second, now)

        entry = tx.scalars(select(AuditEntry).where(AuditEntry.act == "profile.replace")).one()
        assert entry.details["version"] == 2
        assert "Wort" not in str(entry.details)


class TestTwoAtOnce:
    def test_of_two_drafts_the_second_is_refused_when_the_first_was_approved(
        self, tx: Tx, vault: Vault, city: SmallCity, first: Saved, second: Saved, now: datetime
    ) -> None:
        third = network(tx, vault, city.here, "das dritte Wort", now)
        one, other = (
            drafted(tx, vault, city.manager, first, after, now) for after in (second, third)
        )
        approved(tx, vault, city.manager, one, now)

        with pytest.raises(Conflict, match="decided meanwhile"):
            changes.approve(tx, vault, city.manager, other.id, other.fingerprint, now)

    @pytest.mark.parametrize("is_first_stopped", [False, True])
    def test_what_was_decided_later_wins_whichever_is_through_first(
        self,
        tx: Tx,
        vault: Vault,
        city: SmallCity,
        first: Saved,
        second: Saved,
        now: datetime,
        is_first_stopped: bool,
    ) -> None:
        third = network(tx, vault, city.here, "das dritte Wort", now)
        one = under_way(tx, vault, city, first, second, now)
        other = under_way(tx, vault, city, second, third, now)
        on_their_way = everybody_has(tx, city, now)
        if is_first_stopped:
            advancing.stop(tx, city.manager, one.id, "Wir warten", now)

        now = through(tx, city, other, now)
        if is_first_stopped:
            advancing.resume(tx, city.manager, one.id, now)
        now = through(tx, city, one, now)

        assert on_their_way == [[3], [3], [1]]
        assert first.profile.current_version == 3
        assert everybody_has(tx, city, now) == [[3], [3], [3]]

    def test_a_profile_that_is_out_of_use_gets_no_other_version(
        self, tx: Tx, vault: Vault, city: SmallCity, first: Saved, second: Saved, now: datetime
    ) -> None:
        first.profile.retired_at = now

        with pytest.raises(InvalidInput, match="no longer in use"):
            drafted(tx, vault, city.manager, first, second, now)

    def test_a_profile_of_the_city_is_not_for_a_campus_manager_to_replace(
        self, tx: Tx, vault: Vault, city: SmallCity, now: datetime
    ) -> None:
        one = network(tx, vault, None, "das erste Wort", now)
        given(tx, one, Target(city.here.id), now)
        other = network(tx, vault, None, "das zweite Wort", now)

        with pytest.raises(Forbidden):
            drafted(tx, vault, city.manager, one, other, now)


class TestTakingItBack:
    def test_half_way_only_those_who_had_it_go_back(
        self, tx: Tx, vault: Vault, city: SmallCity, first: Saved, second: Saved, now: datetime
    ) -> None:
        plan = under_way(tx, vault, city, first, second, now)

        back = changes.undo(tx, vault, city.manager, plan.id, now)
        approved(tx, vault, city.manager, back, now)

        assert preview_of(back).devices == city.devices[:2]
        assert everybody_has(tx, city, now) == [[1], [1], [1]]
        now = through(tx, city, back, now)
        assert everybody_has(tx, city, now) == [[1], [1], [1]]
        assert first.profile.current_version == 1
        assert plan.state is ChangeState.UNDONE

    def test_when_it_was_through_everybody_goes_back_ring_by_ring(
        self, tx: Tx, vault: Vault, city: SmallCity, first: Saved, second: Saved, now: datetime
    ) -> None:
        plan = under_way(tx, vault, city, first, second, now)
        now = through(tx, city, plan, now)

        back = changes.undo(tx, vault, city.manager, plan.id, now)
        approved(tx, vault, city.manager, back, now)
        half_way = everybody_has(tx, city, now)
        now = through(tx, city, back, now)

        assert half_way == [[1], [1], [2]]
        assert everybody_has(tx, city, now) == [[1], [1], [1]]
        assert first.profile.current_version == 1

    def test_a_later_decision_must_go_first(
        self, tx: Tx, vault: Vault, city: SmallCity, first: Saved, second: Saved, now: datetime
    ) -> None:
        third = network(tx, vault, city.here, "das dritte Wort", now)
        plan = under_way(tx, vault, city, first, second, now)
        under_way(tx, vault, city, second, third, now)

        with pytest.raises(Conflict, match="decided meanwhile"):
            changes.undo(tx, vault, city.manager, plan.id, now)

    def test_the_earlier_content_saved_again_leads_back_to_its_version(
        self, tx: Tx, vault: Vault, city: SmallCity, first: Saved, second: Saved, now: datetime
    ) -> None:
        plan = under_way(tx, vault, city, first, second, now)
        now = through(tx, city, plan, now)
        again = network(tx, vault, city.here, "das erste Wort", now)

        drafted_again = draft_profile(tx, vault, city.manager, again, "WLAN", now)

        assert drafted_again is not None
        number = first.profile.id
        expected = ReplaceProfileVersion(number, second.version.id, first.version.id)
        assert operations_of(drafted_again) == (expected,)
        assert tx.get_one(Profile, number).current_version == 2
