"""Setting the scene: schools, classes, expected iPads, profiles, an app, a person, a certificate.

Can be set again over an earlier run: what is there stays, what must be new is made anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import select

from mdm.base.db import Tx
from mdm.base.errors import Conflict, NotFound
from mdm.base.identifiers import new_secret
from mdm.base.tools import Tools
from mdm.cli.demo.script import (
    APP,
    ATTEMPTS,
    CITY,
    LOGIN,
    RESTRICTIONS_NAME,
    SCHOOLS,
    WIFI_NAME,
    SchoolScript,
)
from mdm.rooms.access import service as access
from mdm.rooms.access.models import Person, Role
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments import service as assignments
from mdm.rooms.audit.service import Actor
from mdm.rooms.authority import push
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.devices import decisions
from mdm.rooms.devices.models import Device
from mdm.rooms.links import service as links
from mdm.rooms.schools import service as schools
from mdm.rooms.schools import structure
from mdm.rooms.schools.models import ClassGroup, School
from mdm.simulator.apns_certificates import StandInCertificates
from policies.actions import ActionKey, ActionKind

ACTOR = Actor.job("demo")


@dataclass(frozen=True, slots=True)
class Scene:
    """What was set.

    links: by serial number, the address an iPad opens. profile_keys: of the commands that
    install WLAN and restrictions, for any school. viewer: who orders; signs in with password.
    last_school: the serial numbers of the second school, whose list comes in later.
    """

    links: Mapping[str, str]
    wifi_keys: frozenset[str]
    restriction_keys: frozenset[str]
    app_key: str
    viewer: Viewer
    password: str
    last_school: Sequence[str]


def claim_home(home: Path) -> None:
    """Make sure that this home is the demonstration's own.

    raises: Conflict when another installation has its database in it.
    """
    mark = home / "demo"
    if not mark.exists() and (home / "klassensatz.sqlite").exists():
        raise Conflict(
            f"{home} holds the data of another installation; "
            "choose another KLASSENSATZ_HOME for the demonstration"
        )
    mark.write_text("This folder belongs to `mdm demo`.\n")


def use_push_certificate(tx: Tx, tools: Tools, certificates: StandInCertificates) -> None:
    """Put the stand-in's push certificate into use."""
    key = load_pem_private_key(certificates.push.key_pem, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the stand-in's push key is no RSA key")
    now = tools.clock.now()
    number = push.store_request(tx, tools.vault, key, b"", ACTOR, now)
    certificate = x509.load_pem_x509_certificate(certificates.push.certificate_pem)
    push.store_certificate(tx, number, certificate, certificates.topic, "", ACTOR, now)


def set_scene(tx: Tx, tools: Tools, serials: Sequence[str]) -> Scene:
    """Prepare everything for these iPads; the first half belongs to the first school."""
    now = tools.clock.now()
    structure.name_city(tx, CITY, ACTOR, now)
    half = (len(serials) + 1) // 2
    urls: dict[str, str] = {}
    saved: list[tuple[Saved, Saved]] = []
    school_ids = []
    for script, mine in zip(SCHOOLS, (serials[:half], serials[half:]), strict=True):
        school = _school(tx, script, now)
        group = schools.class_group(tx, school, script.class_name, ACTOR, now)
        _expect(tx, mine, school, group, now)
        saved.append(_give(tx, tools, script, school, now))
        school_ids.append(school.id)
        if mine:
            url = _link(tx, tools, school, group, ATTEMPTS * len(mine), now)
            urls.update(dict.fromkeys(mine, url))
    viewer, password = _person(tx, school_ids, now)
    return Scene(
        links=urls,
        wifi_keys=frozenset(_key(wifi) for wifi, _ in saved),
        restriction_keys=frozenset(_key(restrictions) for _, restrictions in saved),
        app_key=str(ActionKey(ActionKind.INSTALL_APP, APP.bundle_id)),
        viewer=viewer,
        password=password,
        last_school=tuple(serials[half:]),
    )


def another_link(tx: Tx, tools: Tools, serial: str) -> str:
    """Make a link for one iPad of ours that has to enrol again."""
    device = tx.scalars(select(Device).where(Device.serial == serial)).one()
    school = tx.get_one(School, device.school_id)
    group = tx.get(ClassGroup, device.class_group_id) if device.class_group_id else None
    return _link(tx, tools, school, group, 1, tools.clock.now())


def _school(tx: Tx, script: SchoolScript, now: datetime) -> School:
    try:
        return schools.school_by_number(tx, script.number)
    except NotFound:
        return schools.add_school(tx, script.number, script.name, ACTOR, now)


def _expect(
    tx: Tx, serials: Sequence[str], school: School, group: ClassGroup, now: datetime
) -> None:
    """Expect new iPads, and those of an earlier run to come back: they have been reset."""
    earlier = list(tx.scalars(select(Device).where(Device.serial.in_(serials))))
    for device in earlier:
        # An earlier run with another number of iPads divided them differently.
        device.school_id, device.class_group_id = school.id, group.id
        decisions.expect_return(tx, device, ACTOR, now)
    if serials:
        decisions.expect(tx, serials, school.id, group.id, ACTOR, now)


def _give(
    tx: Tx, tools: Tools, script: SchoolScript, school: School, now: datetime
) -> tuple[Saved, Saved]:
    wifi = blueprints.save_wifi(tx, tools.vault, school, WIFI_NAME, script.wifi, ACTOR, now)
    restrictions = blueprints.save_restrictions(
        tx, tools.vault, school, RESTRICTIONS_NAME, script.restrictions, ACTOR, now
    )
    app = blueprints.save_app(tx, APP.bundle_id, APP.store_id, APP.name, ACTOR, now)
    for subject in (wifi.profile, restrictions.profile, app):
        assignments.assign(tx, school, None, subject, ACTOR, now)
    return wifi, restrictions


def _link(
    tx: Tx, tools: Tools, school: School, group: ClassGroup | None, uses: int, now: datetime
) -> str:
    made = links.create_link(
        tx, tools.vault, tools.settings, school, group, ACTOR, now, max_uses=uses
    )
    return made.url


def _person(tx: Tx, school_ids: Sequence[int], now: datetime) -> tuple[Viewer, str]:
    """The campus manager of both schools, with a new password for each run."""
    password = new_secret(12)
    person = tx.scalar(select(Person).where(Person.login == LOGIN))
    if person is None:
        role = Role.CAMPUS_MANAGER
        person = access.add_person(tx, LOGIN, "Vorführung", role, password, ACTOR, now, school_ids)
    else:
        access.set_password(tx, person, password, ACTOR, now)
    return access.viewer_of(tx, person), password


def _key(saved: Saved) -> str:
    """The key of the command that installs exactly this version."""
    identifier = saved.profile.identifier
    return str(ActionKey(ActionKind.INSTALL_PROFILE, identifier, saved.version.uuid))
