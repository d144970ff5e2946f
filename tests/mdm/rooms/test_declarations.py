"""What a channel should have: shared sets, channels, addresses, and what must never happen."""

import json
import zlib
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database, Tx
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.declarations import addresses, contents, queries, service
from mdm.rooms.declarations.errors import NoSuchVersion, SnapshotDamaged
from mdm.rooms.declarations.models import (
    DeclarationChannel,
    DeclarationSnapshot,
    DeclarationState,
    ProfileAddress,
)
from mdm.rooms.devices.models import Enrollment
from policies.declared import DeclaredFacts
from profiles.declarations.declaration import server_token, to_bytes
from profiles.declarations.received import read_tokens
from profiles.declarations.snapshot import Snapshot
from profiles.errors import InvalidPayload
from tests.factories.declarations import (
    PASSCODE,
    a_passcode,
    a_profile_declaration,
    a_set,
    an_organization,
)
from tests.factories.devices import an_ipad
from tests.factories.library import a_saved_profile

MINUTE = timedelta(minutes=1)
SETTINGS = Settings(public_url="https://mdm.beispielstadt.example")


@pytest.fixture
def enrollment(database: Database) -> Enrollment:
    with database.transaction() as tx:
        return an_ipad(tx)


@pytest.fixture(autouse=True)
def _as_a_new_process() -> None:
    contents.remembered.clear()
    contents.snapshot_of.cache_clear()


def _replace(database: Database, vault: Vault, number: int, now: datetime, length: int = 6) -> str:
    with database.transaction() as tx:
        return service.replace(tx, vault, number, a_set(length), now)


def _body(tx: Tx, vault: Vault, number: int, uuid: str) -> bytes:
    """The declaration of a profile as one device gets it."""
    body = to_bytes(a_profile_declaration(uuid))
    return addresses.filled_in(tx, vault, SETTINGS, number, body)


def _addressed(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> tuple[str, int]:
    """Declare a profile; returns the secret of its address, and the version's number."""
    with database.transaction() as tx:
        version = a_saved_profile(tx, vault, now).version
        declared = (an_organization(), a_profile_declaration(version.uuid))
        service.replace(tx, vault, enrollment.id, declared, now)
        body = _body(tx, vault, enrollment.id, version.uuid)
    address = str(json.loads(body)["Payload"]["ProfileURL"])
    return address.rpartition("/")[2], version.id


def _channel(database: Database, number: int) -> DeclarationChannel:
    with database.reading() as tx:
        return tx.get_one(DeclarationChannel, number)


def test_a_channel_is_told_what_it_should_have_under_the_token_of_the_set(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    token = _replace(database, vault, enrollment.id, now)

    with database.reading() as tx:
        document = service.tokens_of(tx, enrollment.id)
    assert token == Snapshot.of(a_set(), now).token
    assert document is not None
    assert read_tokens(document).declarations_token == token


def test_a_set_in_another_order_is_the_same_set(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    first = _replace(database, vault, enrollment.id, now)

    with database.transaction() as tx:
        second = service.replace(tx, vault, enrollment.id, a_set()[::-1], now + MINUTE)

    assert second == first
    assert _channel(database, enrollment.id).changed_at == now


def test_channels_that_should_have_the_same_share_one_set(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        numbers = [an_ipad(tx, serial=f"SIM000000{i}").id for i in range(3)]
        for number in numbers:
            service.replace(tx, vault, number, a_set(), now)

    with database.reading() as tx:
        assert tx.scalar(select(func.count(DeclarationSnapshot.id))) == 1


def test_a_change_keeps_the_set_before_and_says_when(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    _replace(database, vault, enrollment.id, now)
    before = _channel(database, enrollment.id).snapshot_id

    _replace(database, vault, enrollment.id, now + MINUTE, length=8)

    channel = _channel(database, enrollment.id)
    assert channel.previous_snapshot_id == before
    assert channel.changed_at == now + MINUTE


def test_of_two_changes_within_a_second_the_second_one_is_newer(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    stamps = []
    for length in (6, 7, 8):
        _replace(database, vault, enrollment.id, now, length)
        with database.reading() as tx:
            stamps.append(read_tokens(service.tokens_of(tx, enrollment.id) or b"").timestamp)

    assert stamps == sorted(set(stamps))


def test_an_empty_set_without_a_reason_is_refused_and_changes_nothing(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    token = _replace(database, vault, enrollment.id, now)

    with pytest.raises(InvalidPayload), database.transaction() as tx:
        service.replace(tx, vault, enrollment.id, (), now + MINUTE)

    with database.reading() as tx:
        document = service.tokens_of(tx, enrollment.id) or b""
    assert read_tokens(document).declarations_token == token


@pytest.mark.parametrize("reason", ["", "   "])
def test_an_empty_reason_is_none(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime, reason: str
) -> None:
    with pytest.raises(InvalidPayload), database.transaction() as tx:
        service.replace(tx, vault, enrollment.id, (), now, empty_because=reason)


def test_a_set_that_is_not_empty_takes_no_reason_to_be_so(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    with pytest.raises(InvalidPayload), database.transaction() as tx:
        service.replace(tx, vault, enrollment.id, a_set(), now, empty_because="school left")


def test_emptying_a_channel_on_purpose_stands_in_the_journal(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    _replace(database, vault, enrollment.id, now)

    with database.transaction() as tx:
        service.replace(tx, vault, enrollment.id, (), now + MINUTE, empty_because="school left")

    with database.reading() as tx:
        entry = tx.scalars(select(AuditEntry).where(AuditEntry.act == "declarations.empty")).one()
    assert entry.details == {"enrollment": enrollment.id, "because": "school left"}


def test_a_channel_that_was_never_told_anything_has_no_tokens(
    database: Database, enrollment: Enrollment
) -> None:
    with database.reading() as tx:
        assert service.tokens_of(tx, enrollment.id) is None


def test_a_set_that_was_altered_in_storage_is_never_told(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    _replace(database, vault, enrollment.id, now)
    with database.transaction() as tx:
        row = tx.scalars(select(DeclarationSnapshot)).one()
        row.compressed = b"x" + row.compressed

    with pytest.raises(SnapshotDamaged), database.reading() as tx:
        service.tokens_of(tx, enrollment.id)


def test_a_set_stored_under_the_token_of_another_one_is_never_told(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    _replace(database, vault, enrollment.id, now)
    with database.transaction() as tx:
        tx.scalars(select(DeclarationSnapshot)).one().token = "0" * 64

    with pytest.raises(SnapshotDamaged), database.reading() as tx:
        service.tokens_of(tx, enrollment.id)


def test_declarations_that_do_not_go_together_are_refused(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    activation = a_passcode()[1:]

    with pytest.raises(InvalidPayload) as refused, database.transaction() as tx:
        service.replace(tx, vault, enrollment.id, activation, now)

    assert refused.value.field.startswith("act.passcode/")


def test_after_a_new_enrolment_nothing_of_the_old_one_counts(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    _replace(database, vault, enrollment.id, now)
    with database.transaction() as tx:
        tx.get_one(DeclarationChannel, enrollment.id).enabled_at = now
        tx.flush()

        service.forget(tx, enrollment.id)

    with database.reading() as tx:
        assert queries.declared(tx, [enrollment.id]) == {enrollment.id: DeclaredFacts()}
        assert service.tokens_of(tx, enrollment.id) is None


def test_facts_name_what_was_issued_and_what_the_device_said(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    token = _replace(database, vault, enrollment.id, now)
    with database.transaction() as tx:
        channel = tx.get_one(DeclarationChannel, enrollment.id)
        channel.fetched_token, channel.enabled_at = token, now
        tx.add(
            DeclarationState(
                enrollment_id=enrollment.id,
                identifier=PASSCODE,
                kind="configuration",
                server_token=server_token(a_passcode()[0]),
                is_active=True,
                validity="valid",
                reasons=[],
                observed_at=now,
            )
        )

    with database.reading() as tx:
        facts = queries.declared(tx, [enrollment.id])[enrollment.id]

    assert (facts.enabled, facts.fetched_token) == (True, token)
    assert dict(facts.issued) == {each.identifier: each for each in a_set()}
    assert facts.issued_at == now
    assert facts.states[PASSCODE].active
    assert facts.capabilities is None


def test_facts_of_any_number_of_iPads_take_three_statements(  # noqa: N802 (iPads)
    database: Database, vault: Vault, now: datetime, count_statements: list[str]
) -> None:
    with database.transaction() as tx:
        numbers = [an_ipad(tx, serial=f"SIM00000{i:02d}").id for i in range(12)]
        for number in numbers:
            service.replace(tx, vault, number, a_set(), now)
    count_statements.clear()

    with database.reading() as tx:
        queries.declared(tx, numbers)

    assert len(count_statements) == 3


def test_sets_that_nobody_points_at_are_swept_away_in_time(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    for length in (6, 7, 8):
        _replace(database, vault, enrollment.id, now, length)

    with database.transaction() as tx:
        early = service.forget_unused(tx, now)
        late = service.forget_unused(tx, now + MINUTE)

    assert (early, late) == (0, 1)
    with database.reading() as tx:
        assert tx.scalar(select(func.count(DeclarationSnapshot.id))) == 2


def test_a_profile_gets_an_address_of_the_device_s_own_that_stays_the_same(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        version = a_saved_profile(tx, vault, now).version
        both = [an_ipad(tx, serial=f"SIM000000{i}").id for i in range(2)]
        declared = (an_organization(), a_profile_declaration(version.uuid))
        tokens = {service.replace(tx, vault, number, declared, now) for number in both}

        bodies = [_body(tx, vault, number, version.uuid) for number in (*both, both[0])]

    assert len(tokens) == 1
    assert bodies[0] == bodies[2] != bodies[1]
    assert b'"ProfileURL":"https://mdm.beispielstadt.example/declared/profile/' in bodies[0]


def test_an_address_leads_to_one_device_and_one_version_while_it_is_named(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    secret, version = _addressed(database, vault, enrollment, now)

    with database.transaction() as tx:
        found = addresses.find(tx, secret)
        service.replace(tx, vault, enrollment.id, a_set(6), now + MINUTE)
        half_way = addresses.find(tx, secret)
        service.replace(tx, vault, enrollment.id, a_set(7), now + MINUTE)
        afterwards = addresses.find(tx, secret)

    assert found is not None
    assert (found.enrollment.id, found.version.id) == (enrollment.id, version)
    assert half_way is not None
    assert afterwards is None


def test_an_address_ends_with_the_enrolment(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    secret, _ = _addressed(database, vault, enrollment, now)

    with database.transaction() as tx:
        tx.get_one(Enrollment, enrollment.id).ended_at = now

        assert addresses.find(tx, secret) is None


def test_a_guessed_address_leads_nowhere(database: Database) -> None:
    with database.reading() as tx:
        assert addresses.find(tx, "guessed") is None


def test_a_secret_address_is_nowhere_in_clear(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    secret, _ = _addressed(database, vault, enrollment, now)

    with database.reading() as tx:
        address = tx.scalars(select(ProfileAddress)).one()
        stored = tx.scalars(select(DeclarationSnapshot)).one()
    assert secret.encode() not in address.sealed_secret
    assert secret.encode() not in zlib.decompress(stored.compressed)


def test_a_version_that_is_not_in_the_library_is_refused(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    with pytest.raises(NoSuchVersion), database.transaction() as tx:
        service.replace(tx, vault, enrollment.id, (a_profile_declaration("X"),), now)
