"""The library: versions that never change, what may not come in, and for whom it is."""

from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import func, select

from mdm.base.db import Database, Tx
from mdm.base.errors import InvalidInput, NotFound
from mdm.base.vault import Vault
from mdm.rooms.assignments import service as assignments
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints import contents
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.models import ProfileVersion
from mdm.rooms.blueprints.naming import HOUSE_PREFIX as PREFIX_OF_PLANS
from mdm.rooms.blueprints.naming import PROFILE_PREFIX
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.blueprints.wifi import OWN_CERTIFICATE
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.links.profile import IDENTIFIER as ENROLLMENT_PROFILE
from mdm.rooms.schools.models import School
from policies.wishes import ProfileKind
from profiles import cms
from profiles.configuration_profile import Payload, with_content_uuid
from profiles.payloads.certificates import Certificate, CertificateRole
from profiles.payloads.restrictions import Restrictions
from profiles.payloads.wifi import EapTls, Peap, Personal, ServerTrust, WifiNetwork
from tests.factories.authority import authority, signer
from tests.factories.devices import a_held_ipad, an_ipad
from tests.factories.profiles import UUID_1, a_mobileconfig, a_web_clip
from tests.factories.schools import a_class, a_school
from tests.factories.times import NOW

ACTOR = Actor.system_user("tests")
TRUST = ServerTrust(("radius.beispielstadt.example",))
NO_CAMERA = Restrictions({"allowCamera": False})


def wlan(
    tx: Tx, vault: Vault, school: School | None, now: datetime, passphrase: str = "korrekt pferd"
) -> Saved:
    network = WifiNetwork("Schule", Personal(passphrase))
    return blueprints.save_wifi(tx, vault, school, "WLAN Müller-Straße", network, ACTOR, now)


def root() -> Certificate:
    return Certificate.read(authority().certificate.public_bytes(Encoding.DER))


class TestVersions:
    def test_a_profile_is_named_by_school_kind_and_name(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            at_school = wlan(tx, vault, a_school(tx), now).profile
            in_city = wlan(tx, vault, None, now).profile

        assert at_school.identifier == "org.klassensatz.profile.12.wifi.wlan-mueller-strasse"
        assert in_city.identifier == "org.klassensatz.profile._city.wifi.wlan-mueller-strasse"
        assert (at_school.kind, at_school.current_version) == (ProfileKind.WIFI, 1)

    def test_what_we_name_is_what_plans_take_for_ours(self) -> None:
        assert f"{PROFILE_PREFIX}.".startswith(f"{PREFIX_OF_PLANS}.")
        assert not ENROLLMENT_PROFILE.startswith(PROFILE_PREFIX)

    def test_saving_the_same_again_makes_no_version(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            first = wlan(tx, vault, None, now)
            again = wlan(tx, vault, None, now)

            versions = tx.scalar(select(func.count()).select_from(ProfileVersion))

        assert (first.is_new, again.is_new) == (True, False)
        assert again.version is first.version
        assert versions == 1

    def test_other_content_makes_another_version_and_leaves_the_old_one_in_force(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            first = wlan(tx, vault, None, now)
            sealed, uuid = first.version.sealed_content, first.version.uuid
            second = wlan(tx, vault, None, now, "ein anderes Wort")

            kept = tx.get_one(ProfileVersion, first.version.id)

        assert (second.version.version, second.profile.current_version) == (2, 1)
        assert second.version.uuid != uuid
        assert (kept.sealed_content, kept.uuid, kept.version) == (sealed, uuid, 1)

    def test_content_that_was_saved_before_is_its_old_version_again(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            first = wlan(tx, vault, None, now)
            wlan(tx, vault, None, now, "ein anderes Wort")

            again = wlan(tx, vault, None, now)

        assert (again.version, again.is_new) == (first.version, False)

    def test_a_name_that_gives_the_same_identifier_is_refused(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            blueprints.save_restrictions(tx, vault, None, "Haus A", NO_CAMERA, ACTOR, now)

            with pytest.raises(InvalidInput, match="too much alike"):
                blueprints.save_restrictions(tx, vault, None, "haus-a", NO_CAMERA, ACTOR, now)

    @pytest.mark.parametrize("name", ["", "  ", "***", "a\nb\x00", "x" * 121])
    def test_a_name_that_nobody_could_use_is_refused(
        self, database: Database, vault: Vault, now: datetime, name: str
    ) -> None:
        with database.transaction() as tx, pytest.raises(InvalidInput, match="name"):
            blueprints.save_restrictions(tx, vault, None, name, NO_CAMERA, ACTOR, now)

    def test_the_content_opens_only_as_the_version_it_was_sealed_for(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            saved = wlan(tx, vault, None, now)

        opened = contents.open_content(vault, saved.profile.identifier, saved.version)

        assert opened.uuid == saved.version.uuid

    def test_a_summary_tells_people_what_it_is_without_its_secrets(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        access = Peap("pupil", "geheim-geheim", TRUST)
        with database.transaction() as tx:
            saved = blueprints.save_wifi(
                tx, vault, None, "W", WifiNetwork("S", access), ACTOR, now, anchors=[root()]
            )
            entries = tx.scalars(select(AuditEntry)).all()

        assert saved.version.summary["ssid"] == "S"
        assert saved.version.summary["payload_types"] == [
            "com.apple.security.root",
            "com.apple.wifi.managed",
        ]
        assert "geheim" not in str(saved.version.summary)
        assert "geheim" not in str([entry.details for entry in entries])

    def test_a_uuid_cannot_be_guessed_from_a_passphrase(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            saved = wlan(tx, vault, None, now)
        opened = contents.open_content(vault, saved.profile.identifier, saved.version)

        assert with_content_uuid(opened).uuid != saved.version.uuid

    def test_restrictions_and_certificates_are_saved(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            limits = blueprints.save_restrictions(tx, vault, None, "K", NO_CAMERA, ACTOR, now)
            trust = blueprints.save_certificate(
                tx, vault, None, "R", root(), CertificateRole.ROOT, ACTOR, now
            )

        assert limits.version.summary["restrictions"] == {"allowCamera": False}
        assert trust.profile.kind is ProfileKind.CERTIFICATE

    def test_each_ipads_own_certificate_is_a_slot_until_delivery(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        network = WifiNetwork("S", EapTls(OWN_CERTIFICATE, TRUST))
        with database.transaction() as tx:
            saved = blueprints.save_wifi(
                tx, vault, None, "W", network, ACTOR, now, anchors=[root()]
            )

        opened = contents.open_content(vault, saved.profile.identifier, saved.version)
        given = contents.with_identity(
            opened, url="https://x.example/scep", challenge="A" * 32, ca_fingerprint=b"f" * 32
        )

        assert contents.wants_identity(opened)
        assert not contents.wants_identity(given)
        anchor, scep, wifi = given.payloads
        trust: Any = wifi.content["EAPClientConfiguration"]
        assert wifi.content["PayloadCertificateUUID"] == scep.uuid
        assert trust["PayloadCertificateAnchorUUID"] == [anchor.uuid]


class TestCustom:
    def save(self, database: Database, vault: Vault, now: datetime, file: bytes) -> Saved:
        with database.transaction() as tx:
            return blueprints.save_custom(tx, vault, None, "Von Hand", file, ACTOR, now)

    def test_a_profile_made_elsewhere_gets_our_identifier(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        saved = self.save(database, vault, now, a_mobileconfig())

        opened = contents.open_content(vault, saved.profile.identifier, saved.version)
        assert opened.identifier == "org.klassensatz.profile._city.custom.von-hand"
        assert opened.uuid == saved.version.uuid != UUID_1
        assert saved.version.summary["original"] == "de.example.profile"

    def test_a_signed_one_is_read_as_well(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        key = signer()
        file = cms.sign_attached(a_mobileconfig(), key.certificate, key.private_key)

        assert self.save(database, vault, now, file).is_new

    def test_one_with_a_network_counts_as_a_network(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        network: dict[str, Any] = {"SSID_STR": "S", "EncryptionType": "None", "AutoJoin": True}
        wifi = Payload("com.apple.wifi.managed", "de.example.w", UUID_1[::-1], "W", network)

        saved = self.save(database, vault, now, a_mobileconfig(a_web_clip(), wifi))

        assert saved.profile.kind is ProfileKind.WIFI

    @pytest.mark.parametrize(
        "file",
        [
            b"",
            b"<plist",
            b"\x30\x80rubbish",
            a_mobileconfig(Payload("com.apple.mdm", "de.example.m", UUID_1[::-1], "M", {})),
            a_mobileconfig(identifier=ENROLLMENT_PROFILE),
            a_mobileconfig(identifier=f"{PROFILE_PREFIX}.12.wifi.wlan"),
            a_mobileconfig(a_web_clip("$SERIALNUMBER")),
            a_mobileconfig(a_web_clip(contents.CHALLENGE_SLOT)),
            a_mobileconfig(removal_date=NOW),
            a_mobileconfig(further={"DurationUntilRemoval": 3600}),
            a_mobileconfig(
                Payload(
                    "com.apple.applicationaccess", "de.example.r", UUID_1[::-1], "", {"nonsense": 1}
                )
            ),
            a_mobileconfig().replace(b"22222222-2222-4222-8222-222222222222", UUID_1.encode()),
            a_mobileconfig().replace(b"de.example.clip", b"de.example.profile"),
        ],
        ids=lambda file: str(len(file)),
    )
    def test_what_must_not_come_in_is_refused_with_a_reason(
        self, database: Database, vault: Vault, now: datetime, file: bytes
    ) -> None:
        with pytest.raises(InvalidInput):
            self.save(database, vault, now, file)


class TestApps:
    def test_an_app_is_kept_once_and_corrected(self, database: Database, now: datetime) -> None:
        with database.transaction() as tx:
            first = blueprints.save_app(tx, "de.example.app", None, "App", ACTOR, now)
            again = blueprints.save_app(tx, "de.example.app", 42, "Die App", ACTOR, now)

        assert first is again
        assert (again.store_id, again.name) == (42, "Die App")

    @pytest.mark.parametrize(
        ("bundle_id", "store_id", "name"),
        [("app", 1, "A"), ("de..app", 1, "A"), ("de.x", 0, "A"), ("de.x", 1, " ")],
    )
    def test_a_wrong_app_is_refused(
        self, database: Database, now: datetime, bundle_id: str, store_id: int, name: str
    ) -> None:
        with database.transaction() as tx, pytest.raises(InvalidInput):
            blueprints.save_app(tx, bundle_id, store_id, name, ACTOR, now)


class TestAssignments:
    def due(self, database: Database, *rows: Enrollment) -> list[int]:
        with database.reading() as tx:
            return [tx.get_one(Enrollment, row.id).due_generation for row in rows]

    def test_exactly_those_concerned_become_due(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            here, there = a_school(tx), a_school(tx, "13", "Beispielschule Süd")
            group = a_class(tx, here)
            inside = an_ipad(tx, here, "SIM1", class_group=group)
            beside = an_ipad(tx, here, "SIM2")
            away = an_ipad(tx, there, "SIM3")
            held = a_held_ipad(tx, here, "SIM4")
            gone = an_ipad(tx, here, "SIM5", class_group=group)
            gone.ended_at = now
            saved = wlan(tx, vault, None, now)

        everybody = (inside, beside, away, held, gone)
        with database.transaction() as tx:
            assignments.assign(tx, here, group, saved.profile, ACTOR, now)
        assert self.due(database, *everybody) == [1, 0, 0, 0, 0]
        with database.transaction() as tx:
            assignments.assign(tx, here, None, saved.profile, ACTOR, now)
        assert self.due(database, *everybody) == [2, 1, 0, 0, 0]
        with database.transaction() as tx:
            assignments.assign(tx, None, None, saved.profile, ACTOR, now)
        assert self.due(database, *everybody) == [3, 2, 1, 0, 0]

    def test_deciding_the_same_again_changes_nothing(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            school = a_school(tx)
            ipad = an_ipad(tx, school)
            profile = wlan(tx, vault, school, now).profile
            first = assignments.assign(tx, school, None, profile, ACTOR, now)

            again = assignments.assign(tx, school, None, profile, ACTOR, now)

        assert again is first
        assert self.due(database, ipad) == [1]

    def test_an_end_makes_them_due_once_and_is_journalled(
        self, database: Database, now: datetime
    ) -> None:
        with database.transaction() as tx:
            school = a_school(tx)
            ipad = an_ipad(tx, school)
            app = blueprints.save_app(tx, "de.example.app", 1, "App", ACTOR, now)
            row = assignments.assign(tx, school, None, app, ACTOR, now)

        for _ in range(2):
            with database.transaction() as tx:
                assignments.end(tx, row.id, ACTOR, now, "over")

        assert self.due(database, ipad) == [2]
        with database.reading() as tx:
            ends = tx.scalars(select(AuditEntry).where(AuditEntry.act == "assignment.end")).all()
        assert [(end.reason, end.details["concerned"]) for end in ends] == [("over", 1)]

    def test_a_schools_profile_goes_to_no_other_school(
        self, database: Database, vault: Vault, now: datetime
    ) -> None:
        with database.transaction() as tx:
            here, there = a_school(tx), a_school(tx, "13", "Beispielschule Süd")
            group = a_class(tx, there)
            profile = wlan(tx, vault, here, now).profile

            for school, of_class in ((there, None), (None, None), (here, group), (None, group)):
                with pytest.raises(InvalidInput):
                    assignments.assign(tx, school, of_class, profile, ACTOR, now)

    def test_there_is_no_end_without_an_assignment(self, database: Database, now: datetime) -> None:
        with database.transaction() as tx, pytest.raises(NotFound):
            assignments.end(tx, 7, ACTOR, now)
