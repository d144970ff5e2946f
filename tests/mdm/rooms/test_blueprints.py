"""Blueprints: versions that never change, restored in one act, of things that are there."""

from datetime import datetime

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database, Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.base.vault import Vault
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints import blueprint_queries as queries
from mdm.rooms.blueprints import service as library
from mdm.rooms.blueprints import unknown, versions
from mdm.rooms.blueprints.models import BlueprintVersion, Profile
from mdm.rooms.schools.models import School
from policies.blueprint import (
    AbsentProfileSetting,
    AppSetting,
    DeclarationSetting,
    DeviceNameSetting,
    ProfileSetting,
    Setting,
)
from policies.unknown_keys import UnknownKey, unknown_keys
from profiles import cms
from profiles.configuration_profile import Payload
from profiles.payloads.restrictions import Restrictions
from profiles.payloads.wifi import Personal, WifiNetwork
from profiles.schema.hints import DeviceTraits
from profiles.schema.os_version import OsVersion
from tests.factories import people
from tests.factories.authority import signer
from tests.factories.profiles import UUID_1, a_mobileconfig
from tests.factories.schools import a_school
from tests.mdm.rooms.wishes import an_app

ACTOR = Actor.system_user("tests")
NAME = DeviceNameSetting("$SCHOOL_NUMBER-$SERIAL")
PASSCODE = "com.apple.configuration.passcode.settings"
FOUR = DeclarationSetting(PASSCODE, {"MinimumLength": 4})
SIX = DeclarationSetting(PASSCODE, {"MinimumLength": 6})


def save(
    tx: Tx, *settings: Setting, school: School | None = None, now: datetime, name: str = "Klasse 9"
) -> versions.SavedBlueprint:
    return versions.save_blueprint(tx, school, name, settings, ACTOR, now)


def a_profile(
    tx: Tx, vault: Vault, now: datetime, school: School | None = None, name: str = "Kamera aus"
) -> Profile:
    keys = Restrictions({"allowCamera": False})
    return library.save_restrictions(tx, vault, school, name, keys, ACTOR, now).profile


class TestVersions:
    def test_the_same_settings_in_another_order_make_no_version(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx:
            first = save(tx, NAME, SIX, now=now)
            again = save(tx, SIX, NAME, now=now)

            kept = tx.scalar(select(func.count()).select_from(BlueprintVersion))

        assert (first.is_new, again.is_new, kept) == (True, False, 1)

    def test_other_settings_make_another_version_and_keep_the_old_one(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx:
            save(tx, FOUR, now=now)
            saved = save(tx, SIX, now=now)

            old = queries.find_version(tx, saved.blueprint.id, 1)
            assert saved.version.version == saved.blueprint.current_version == 2
            assert queries.settings_of(old) == (FOUR,)

    def test_two_versions_can_be_compared(self, database: Database, now: datetime) -> None:
        with database.transaction() as tx:
            save(tx, FOUR, now=now)
            saved = save(tx, SIX, NAME, now=now)

            change = queries.compare(tx, saved.blueprint.id, 1, 2)

        assert change.added == (NAME,)
        assert [field.path for field in change.changed[0].fields] == ["payload.MinimumLength"]

    def test_an_old_version_comes_back_as_a_new_one_in_one_act(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx:
            save(tx, FOUR, now=now)
            saved = save(tx, SIX, now=now)

            restored = versions.restore(tx, saved.blueprint.id, 1, ACTOR, now)

            assert restored.version.version == 3
            assert queries.settings_of(restored.version) == (FOUR,)

    def test_restoring_what_holds_already_changes_nothing(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx:
            saved = save(tx, FOUR, now=now)

            restored = versions.restore(tx, saved.blueprint.id, 1, ACTOR, now)

        assert (restored.is_new, restored.version.version) == (False, 1)

    def test_whoever_saves_over_somebody_elses_version_is_told(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx:
            save(tx, FOUR, now=now)
            save(tx, SIX, now=now)

            with pytest.raises(Conflict):
                versions.save_blueprint(tx, None, "Klasse 9", [NAME], ACTOR, now, based_on=1)

    def test_every_act_stands_in_the_journal_with_its_counts(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx:
            save(tx, FOUR, now=now)
            saved = save(tx, SIX, now=now)
            versions.restore(tx, saved.blueprint.id, 1, ACTOR, now)
            versions.retire(tx, saved.blueprint.id, ACTOR, now)

            entries = tx.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()

        assert [entry.act for entry in entries] == [
            "blueprint.save",
            "blueprint.save",
            "blueprint.restore",
            "blueprint.retire",
        ]
        assert entries[1].details["changed"] == 1
        assert entries[2].details["restored"] == 1


class TestRetiring:
    def test_a_retired_blueprint_takes_no_further_version(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx:
            saved = save(tx, FOUR, now=now)
            versions.retire(tx, saved.blueprint.id, ACTOR, now)

            with pytest.raises(InvalidInput, match="no longer in use"):
                save(tx, SIX, now=now)
            with pytest.raises(InvalidInput, match="no longer in use"):
                versions.restore(tx, saved.blueprint.id, 1, ACTOR, now)

    def test_a_blueprint_that_does_not_exist_cannot_be_restored(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx, pytest.raises(NotFound):
            versions.restore(tx, 4711, 1, ACTOR, now)


class TestWhatIsMentioned:
    def test_a_profile_of_the_city_and_one_of_the_school_may_be_mentioned(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            school = a_school(tx)
            own = a_profile(tx, vault, now, school)
            citys = a_profile(tx, vault, now)

            saved = save(
                tx, ProfileSetting(own.id, 1), ProfileSetting(citys.id), school=school, now=now
            )

        assert saved.is_new

    def test_the_profile_of_another_school_is_none_at_all(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            foreign = a_profile(tx, vault, now, a_school(tx, "13"))

            with pytest.raises(InvalidInput) as here:
                save(tx, NAME, ProfileSetting(foreign.id), school=a_school(tx), now=now)
            with pytest.raises(InvalidInput) as nowhere:
                save(tx, NAME, ProfileSetting(foreign.id + 1), now=now)

        assert here.value.field == "settings[1].profile_id"
        assert here.value.problem == nowhere.value.problem

    def test_the_city_uses_no_profile_of_a_school(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            own = a_profile(tx, vault, now, a_school(tx))

            with pytest.raises(InvalidInput, match="profile_id"):
                save(tx, ProfileSetting(own.id), now=now)

    def test_a_version_that_does_not_exist_cannot_be_pinned(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            profile = a_profile(tx, vault, now)

            with pytest.raises(InvalidInput) as caught:
                save(tx, ProfileSetting(profile.id, 2), now=now)

        assert caught.value.field == "settings[0].version"

    def test_an_app_must_be_in_the_library_with_the_same_number(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx:
            app = an_app(tx)

            save(tx, AppSetting(app.bundle_id), now=now)
            with pytest.raises(InvalidInput, match="bundle_id"):
                save(tx, AppSetting("de.example.unheard"), now=now)
            with pytest.raises(InvalidInput, match="store_id"):
                save(tx, AppSetting(app.bundle_id, 1), now=now)

    def test_an_app_has_the_number_that_the_library_knows(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx:
            app = an_app(tx, store_id=1)
            saved = save(tx, AppSetting(app.bundle_id), now=now)
            save(tx, NAME, now=now)
            app.store_id = 2

            restored = versions.restore(tx, saved.blueprint.id, 1, ACTOR, now)

            assert queries.settings_of(saved.version) == (AppSetting(app.bundle_id, 1),)
            assert queries.settings_of(restored.version) == (AppSetting(app.bundle_id, 2),)

    def test_a_profile_cannot_be_wanted_and_unwanted_at_once(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            profile = a_profile(tx, vault, now)
            wanted, unwanted = ProfileSetting(profile.id), AbsentProfileSetting(profile.identifier)

            with pytest.raises(InvalidInput) as caught:
                save(tx, wanted, unwanted, now=now)

        assert caught.value.field == "settings[1].identifier"

    def test_two_settings_about_the_same_thing_are_refused(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx, pytest.raises(InvalidInput, match=r"settings\[1\]"):
            save(tx, FOUR, SIX, now=now)

    def test_a_passcode_that_erases_an_ipad_too_soon_is_refused_with_its_path(
        self, database: Database, now: datetime
    ) -> None:
        dangerous = DeclarationSetting(PASSCODE, {"MaximumFailedAttempts": 2})

        with pytest.raises(InvalidInput) as error, database.transaction() as tx:
            save(tx, NAME, dangerous, now=now)

        assert error.value.field == "settings[1].payload.MaximumFailedAttempts"

    def test_a_blueprint_without_settings_is_refused(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx, pytest.raises(InvalidInput, match="settings"):
            save(tx, now=now)


class TestSight:
    def test_a_manager_sees_the_citys_blueprints_and_those_of_his_schools(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx:
            school_a, school_b = a_school(tx), a_school(tx, "13")
            save(tx, FOUR, now=now, name="Stadt")
            save(tx, FOUR, school=school_a, now=now, name="Hier")
            foreign = save(tx, FOUR, school=school_b, now=now, name="Dort").blueprint
            viewer = people.viewer(tx, people.manager_a(tx, school_a))

            seen = [row.name for row in queries.blueprints(tx, viewer)]
            with pytest.raises(NotFound):
                queries.find_blueprint(tx, viewer, foreign.id)

        assert seen == ["Stadt", "Hier"]

    def test_two_schools_may_use_the_same_name(self, database: Database, now: datetime) -> None:
        with database.transaction() as tx:
            here = save(tx, FOUR, school=a_school(tx), now=now)
            there = save(tx, FOUR, school=a_school(tx, "13"), now=now)

        assert here.blueprint.id != there.blueprint.id


def unknown_on(tx: Tx, version: BlueprintVersion, device: DeviceTraits) -> list[UnknownKey]:
    settings = queries.settings_of(version)
    return unknown_keys(settings, unknown.payloads_of(tx, settings), device)


class TestUnknownKeys:
    def test_a_key_that_an_old_ipad_does_not_know_is_told(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        keys = Restrictions({"allowCamera": False, "allowRapidSecurityResponseInstallation": False})
        with database.transaction() as tx:
            profile = library.save_restrictions(tx, vault, None, "Neu", keys, ACTOR, now).profile
            version = save(tx, ProfileSetting(profile.id), SIX, NAME, now=now).version

            old, new = (
                [key.hint.field for key in unknown_on(tx, version, DeviceTraits(os, True))]
                for os in (OsVersion(14), OsVersion(17))
            )

        assert old == ["allowRapidSecurityResponseInstallation"]
        assert new == []

    def test_a_pinned_version_is_judged_by_its_own_keys(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        newer = Restrictions({"allowRapidSecurityResponseInstallation": False})
        with database.transaction() as tx:
            profile = a_profile(tx, vault, now, name="Kamera aus")
            saved = library.save_restrictions(tx, vault, None, "Kamera aus", newer, ACTOR, now)
            library.put_in_force(tx, profile, saved.version)
            pinned = save(tx, ProfileSetting(profile.id, 1), now=now, name="Alt").version
            newest = save(tx, ProfileSetting(profile.id), now=now, name="Neu").version

            told = [
                len(unknown_on(tx, version, DeviceTraits(OsVersion(15), True)))
                for version in (pinned, newest)
            ]

        assert told == [0, 1]

    def test_the_keys_that_are_kept_in_clear_hold_no_value(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        network = WifiNetwork("Schule", Personal("korrekt pferd"))
        with database.transaction() as tx:
            saved = library.save_wifi(tx, vault, None, "WLAN", network, ACTOR, now)

        assert "Password" in saved.version.summary["keys"][0]["keys"]
        assert "korrekt pferd" not in str(saved.version.summary)


class TestUploads:
    def test_the_library_keeps_who_signed_and_what_was_warned_of(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        key = signer()
        unheard = Payload("com.example.unheard", "de.example.u", UUID_1[::-1], "", {"Key": 1})
        file = cms.sign_attached(a_mobileconfig(unheard), key.certificate, key.private_key)

        with database.transaction() as tx:
            saved = library.save_custom(tx, vault, None, "Fremdes", file, ACTOR, now)

        summary = saved.version.summary
        assert "CN=profiles" in summary["signed_by"]["subject"]
        assert [warning["about"] for warning in summary["warnings"]] == ["com.example.unheard"]

    def test_a_wrong_signature_is_called_so(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        key = signer()
        signed = cms.sign_attached(a_mobileconfig(), key.certificate, key.private_key)
        file = signed.replace(b"Stundenplan", b"Stundenplun")

        with database.transaction() as tx, pytest.raises(InvalidInput) as caught:
            library.save_custom(tx, vault, None, "Fremdes", file, ACTOR, now)

        assert (caught.value.field, caught.value.problem) == ("profile", "has a wrong signature")

    @pytest.mark.parametrize(
        ("file", "problem"),
        [
            (cms.envelope(a_mobileconfig(), signer().certificate), "is encrypted, or signed"),
            (b"\x30\x80", "is encrypted, or signed"),
            (b"", "is not XML"),
            (b"<plist", "is not XML"),
        ],
    )
    def test_what_cannot_be_opened_says_how_to_export_it(
        self, database: Database, vault: Vault, now: datetime, file: bytes, problem: str
    ) -> None:
        with database.transaction() as tx, pytest.raises(InvalidInput, match=problem) as caught:
            library.save_custom(tx, vault, None, "Fremdes", file, ACTOR, now)

        assert caught.value.next_step.startswith("Export it")

    def test_networks_and_restrictions_of_an_upload_are_known(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        keys = Payload(
            "com.apple.applicationaccess", "de.example.r", UUID_1[::-1], "", {"allowCamera": False}
        )
        with database.transaction() as tx:
            file = a_mobileconfig(keys)
            saved = library.save_custom(tx, vault, None, "Fremdes", file, ACTOR, now)

        assert saved.version.summary["restrictions"] == {"allowCamera": False}
        assert saved.version.summary["ssids"] == []
