"""Enrolment links: a number of uses, an end, and no identity. Items 52-53 of the attack list."""

from datetime import datetime, timedelta

import jwt
import pytest
from sqlalchemy import select

from enrollment.errors import LinkRefusal, LinkRefused
from mdm.base.db import Database
from mdm.base.errors import InvalidInput
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.audit.service import Actor
from mdm.rooms.links import service as links
from mdm.rooms.links.models import Challenge, EnrollmentLink
from mdm.rooms.schools.models import School
from tests.factories.schools import a_class, a_school

ACTOR = Actor.person(1)
SETTINGS = Settings(public_url="https://mdm.beispielstadt.example")


@pytest.fixture
def school(database: Database) -> School:
    with database.transaction() as tx:
        return a_school(tx)


def _token(database: Database, vault: Vault, school: School, now: datetime, uses: int = 2) -> str:
    with database.transaction() as tx:
        made = links.create_link(tx, vault, SETTINGS, school, None, ACTOR, now, max_uses=uses)
    assert made.url.startswith("https://mdm.beispielstadt.example/enroll/")
    return made.url.rpartition("/")[2]


def _use(
    database: Database,
    vault: Vault,
    token: str,
    now: datetime,
    settings: Settings = SETTINGS,
) -> str:
    with database.transaction() as tx:
        return links.use_link(tx, vault, settings, token, now)[1]


def _refusal(
    database: Database,
    vault: Vault,
    token: str,
    now: datetime,
    settings: Settings = SETTINGS,
) -> LinkRefusal:
    with pytest.raises(LinkRefused) as refused:
        _use(database, vault, token, now, settings)
    return refused.value.kind


def test_each_use_gives_a_challenge_of_its_own(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    token = _token(database, vault, school, now)

    first, second = _use(database, vault, token, now), _use(database, vault, token, now)

    assert first != second
    with database.reading() as tx:
        kept = tx.scalars(select(Challenge)).all()
    assert all(challenge.expires_at == now + timedelta(minutes=60) for challenge in kept)
    assert first.encode() not in {challenge.digest for challenge in kept}


def test_52_a_link_that_is_used_up_admits_nobody(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    token = _token(database, vault, school, now, uses=1)
    _use(database, vault, token, now)

    assert _refusal(database, vault, token, now) is LinkRefusal.USED_UP


def test_52_an_expired_link_admits_nobody(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    token = _token(database, vault, school, now)

    later = now + timedelta(hours=73)

    assert _refusal(database, vault, token, later) is LinkRefusal.EXPIRED


def test_52_a_link_made_for_another_host_admits_nobody(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    token = _token(database, vault, school, now)
    elsewhere = Settings(public_url="https://other.example")

    assert _refusal(database, vault, token, now, elsewhere) is LinkRefusal.WRONG_HOST


def test_a_revoked_link_admits_nobody(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    token = _token(database, vault, school, now)
    with database.transaction() as tx:
        row = tx.scalars(select(EnrollmentLink)).one()
        links.revoke_link(tx, row.id, ACTOR, now)

    assert _refusal(database, vault, token, now) is LinkRefusal.REVOKED


def test_a_forged_link_admits_nobody(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    token = _token(database, vault, school, now)
    claims = jwt.decode(token, options={"verify_signature": False})
    other_key = jwt.encode(claims, b"x" * 32, algorithm="HS256", headers={"typ": "enrol+jwt"})
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"typ": "enrol+jwt"})

    for forged in (other_key, unsigned, token[:-2], "", "a.b.c", "x" * 5000):
        assert _refusal(database, vault, forged, now) is LinkRefusal.FORGED


def test_opening_the_page_of_a_link_uses_nothing_up(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    token = _token(database, vault, school, now, uses=1)
    with database.transaction() as tx:
        links.open_link(tx, vault, SETTINGS, token, now)

    assert _use(database, vault, token, now)


@pytest.mark.parametrize("uses", [0, -1, 2001])
def test_a_number_of_uses_out_of_range_is_refused_by_name(
    database: Database, vault: Vault, school: School, now: datetime, uses: int
) -> None:
    with pytest.raises(InvalidInput, match="uses"):
        _token(database, vault, school, now, uses)


def test_a_class_of_another_school_is_refused(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        group = a_class(tx, a_school(tx, "99"))

    with pytest.raises(InvalidInput, match="class"), database.transaction() as tx:
        links.create_link(tx, vault, SETTINGS, school, group, ACTOR, now)


def test_the_address_of_a_link_can_be_shown_again(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    token = _token(database, vault, school, now)

    with database.reading() as tx:
        row = tx.scalars(select(EnrollmentLink)).one()
        again = links.link_url(tx, vault, SETTINGS, row)

    assert again.rpartition("/")[2] == token
