"""People: who they are, how they sign in, which schools they may see, what they may do."""

import enum
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from mdm.base.db import Tx
from mdm.base.errors import Forbidden, InvalidInput, NotFound
from mdm.rooms.access.models import Person, PersonSchool, Role
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_SHORTEST_PASSWORD = 12
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("a password that nobody has")


class Act(enum.Enum):
    """What a person may do with a school or its devices."""

    SEE = "see"
    INVITE = "invite"
    MANAGE = "manage"
    RESTART = "restart"
    ERASE = "erase"
    ADMINISTER = "administer"


_MAY = {
    Role.READER: {Act.SEE},
    Role.HELPDESK: {Act.SEE, Act.INVITE, Act.RESTART},
    Role.CAMPUS_MANAGER: {Act.SEE, Act.INVITE, Act.MANAGE, Act.RESTART, Act.ERASE},
    Role.ADMINISTRATOR: set(Act),
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person as the doors know him: who, what role, which schools (None: every school)."""

    person_id: int
    login: str
    display_name: str
    role: Role
    school_ids: frozenset[int] | None

    @property
    def actor(self) -> Actor:
        return Actor.person(self.person_id)

    def sees(self, school_id: int | None) -> bool:
        """Whether this person may see a school; a device without one is for all-seers only."""
        return self.school_ids is None or school_id in self.school_ids

    def may(self, act: Act) -> bool:
        """Whether this person's role allows an act at all."""
        return act in _MAY[self.role]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a password is checked against, outside of any transaction: hashing takes its time.

    person_id: None for an unknown login and a closed account, which are checked all the same, so
        that the time of an answer tells nobody whether there is such a login.
    """

    person_id: int | None
    session_version: int
    password_hash: str = field(repr=False)

    def fit(self, password: str) -> bool:
        """Whether this is the person's password."""
        try:
            matches = _hasher.verify(self.password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
        return matches and self.person_id is not None


def require(viewer: Viewer, act: Act, school_id: int | None) -> None:
    """Let pass who may; a school out of sight looks like none at all.

    raises: NotFound (not his school), Forbidden (his school, not his role).
    """
    if not viewer.sees(school_id):
        raise NotFound("school")
    if not viewer.may(act):
        raise Forbidden(act.value)


def add_person(
    tx: Tx,
    login: str,
    display_name: str,
    role: Role,
    password: str | None,
    actor: Actor,
    now: datetime,
    school_ids: Collection[int] = (),
) -> Person:
    """Add somebody who may sign in.

    raises: InvalidInput (login malformed or taken, password too short).
    """
    _check_login(tx, login)
    person = Person(
        login=login,
        display_name=display_name.strip() or login,
        role=role,
        password_hash=hash_password(password) if password is not None else None,
        created_at=now,
    )
    tx.add(person)
    tx.flush()
    tx.add_all(PersonSchool(person_id=person.id, school_id=school) for school in set(school_ids))
    details = {"role": role.value, "schools": sorted(set(school_ids))}
    audit.record(tx, actor, "person.add", Subject.of("person", person.id), now, details=details)
    return person


def hash_password(password: str) -> str:
    """Hash a password with argon2id.

    raises: InvalidInput when it is shorter than 12 characters.
    """
    if len(password) < _SHORTEST_PASSWORD:
        raise InvalidInput("password", f"use at least {_SHORTEST_PASSWORD} characters")
    return _hasher.hash(password)


def credentials(tx: Tx, login: str) -> Credentials:
    """Find what a password is checked against; for an unknown login, what nothing fits."""
    person = tx.scalar(select(Person).where(Person.login == login, Person.is_active))
    if person is None or person.password_hash is None:
        return Credentials(None, 0, _NOBODY)
    return Credentials(person.id, person.session_version, person.password_hash)


def sign_in(tx: Tx, found: Credentials, now: datetime) -> tuple[Viewer, int] | None:
    """Let in whose password did fit; returns the viewer and the cookie's session version.

    returns: None for nobody, and for an account that was closed or changed since.
    """
    entering = viewer(tx, found.person_id, found.session_version) if found.person_id else None
    if entering is None:
        return None
    subject = Subject.of("person", entering.person_id)
    audit.record(tx, entering.actor, "person.sign_in", subject, now)
    return entering, found.session_version


def viewer(tx: Tx, person_id: int, session_version: int) -> Viewer | None:
    """Find who a cookie speaks for; None when it is no longer valid."""
    person = tx.get(Person, person_id)
    if person is None or not person.is_active or person.session_version != session_version:
        return None
    return viewer_of(tx, person)


def viewer_by_login(tx: Tx, login: str) -> Viewer:
    """Find a person by login, for the command line.

    raises: NotFound.
    """
    person = tx.scalar(select(Person).where(Person.login == login, Person.is_active))
    if person is None:
        raise NotFound("person", login)
    return viewer_of(tx, person)


def viewer_of(tx: Tx, person: Person) -> Viewer:
    """Make the viewer of a person."""
    schools = tx.scalars(select(PersonSchool.school_id).where(PersonSchool.person_id == person.id))
    sees_all = person.role is Role.ADMINISTRATOR
    ids = None if sees_all else frozenset(schools)
    return Viewer(person.id, person.login, person.display_name, person.role, ids)


def set_password(tx: Tx, person: Person, password: str, actor: Actor, now: datetime) -> None:
    """Give a new password; every older sign-in ends.

    raises: InvalidInput (too short).
    """
    person.password_hash = hash_password(password)
    person.session_version += 1
    audit.record(tx, actor, "person.password", Subject.of("person", person.id), now)


def end_sessions(tx: Tx, person_id: int, now: datetime) -> None:
    """Sign a person out everywhere."""
    person = tx.get(Person, person_id)
    if person is not None:
        person.session_version += 1
        actor = Actor.person(person_id)
        audit.record(tx, actor, "person.sign_out", Subject.of("person", person_id), now)


def _check_login(tx: Tx, login: str) -> None:
    if not _LOGIN.fullmatch(login):
        problem = "use lower-case letters, digits, dot, dash and underscore"
        raise InvalidInput("login", problem)
    if tx.scalar(select(Person.id).where(Person.login == login)) is not None:
        raise InvalidInput("login", f"{login} exists already", "Choose another login.")
