"""The library: profiles in immutable versions, and apps.

Here: saving. A version is never changed; content that was saved before makes no new one, and
nobody gets a version by its being saved. Alone in writing tables `profile`, `profile_version` and
`app`. Not here: for whom, and since when another version is in force
(mdm.rooms.assignments.replacements), filling in (contents.py).
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput
from mdm.base.locks import alone_with_decisions
from mdm.base.vault import Vault
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.blueprints import contents, custom
from mdm.rooms.blueprints.explained import explained
from mdm.rooms.blueprints.models import App, Profile, ProfileVersion
from mdm.rooms.blueprints.naming import clean_name, profile_identifier
from mdm.rooms.blueprints.wifi import wifi_payloads, wifi_summary
from mdm.rooms.schools.models import School
from policies.wishes import ProfileKind
from profiles.configuration_profile import ConfigurationProfile, Payload, with_content_uuid
from profiles.identifiers import payload_identifier, payload_uuid
from profiles.payloads.certificates import Certificate, CertificateRole, certificate_payload
from profiles.payloads.restrictions import Restrictions, restrictions_payload
from profiles.payloads.wifi import WifiNetwork
from profiles.schema.skeleton import skeleton
from profiles.variables import used_in

_BUNDLE_ID = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_UNNAMED = "00000000-0000-0000-0000-000000000000"
_LONGEST_APP_NAME = 200
_FIRST = 1


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving led to. is_new: a version was added; whoever has another one still has it."""

    profile: Profile
    version: ProfileVersion
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Draft:
    content: ConfigurationProfile
    kind: ProfileKind
    summary: Mapping[str, Any]


def save_wifi(
    tx: Tx,
    vault: Vault,
    school: School | None,
    name: str,
    network: WifiNetwork,
    actor: Actor,
    now: datetime,
    *,
    anchors: Sequence[Certificate] = (),
) -> Saved:
    """Save a WLAN.

    school: None for the whole city. network: with `wifi.OWN_CERTIFICATE` as identity of EAP-TLS,
        each iPad fetches a certificate of its own. anchors: of the RADIUS server.
    raises: InvalidInput.
    """
    with explained():
        name = clean_name(name)
        identifier = profile_identifier(school, "wifi", name)
        payloads = wifi_payloads(network, anchors, identifier)
        content = _profile(identifier, name, payloads)
    draft = _Draft(content, ProfileKind.WIFI, wifi_summary(network, anchors))
    return _save(tx, vault, school, draft, actor, now)


def save_restrictions(
    tx: Tx,
    vault: Vault,
    school: School | None,
    name: str,
    restrictions: Restrictions,
    actor: Actor,
    now: datetime,
) -> Saved:
    """Save restrictions. raises: InvalidInput."""
    with explained():
        name = clean_name(name)
        identifier = profile_identifier(school, "restrictions", name)
        payload = restrictions_payload(restrictions, payload_identifier(identifier, "keys"))
        content = _profile(identifier, name, (payload,))
    summary = {"restrictions": {key: _plain(v) for key, v in restrictions.values.items()}}
    return _save(tx, vault, school, _Draft(content, ProfileKind.RESTRICTIONS, summary), actor, now)


def save_certificate(
    tx: Tx,
    vault: Vault,
    school: School | None,
    name: str,
    certificate: Certificate,
    role: CertificateRole,
    actor: Actor,
    now: datetime,
) -> Saved:
    """Save a certificate to trust. raises: InvalidInput."""
    with explained():
        name = clean_name(name)
        identifier = profile_identifier(school, "certificate", name)
        inside = payload_identifier(identifier, "certificate")
        content = _profile(identifier, name, (certificate_payload(certificate, role, inside),))
    fingerprint = hashlib.sha256(certificate.der).hexdigest()
    summary = {"subject": certificate.subject, "fingerprint": fingerprint, "role": role.name}
    return _save(tx, vault, school, _Draft(content, ProfileKind.CERTIFICATE, summary), actor, now)


def save_custom(
    tx: Tx,
    vault: Vault,
    school: School | None,
    name: str,
    file: bytes,
    actor: Actor,
    now: datetime,
) -> Saved:
    """Save a profile that was made elsewhere, plain or signed, under our own identifier.

    returns: summary.warnings of the version: what its author should know (UploadWarning).
    raises: InvalidInput, when it cannot be read, its signature is wrong, it is encrypted, or
        holds what must not come in.
    """
    with explained():
        name = clean_name(name)
        read = custom.read_custom(file, now)
        identifier = profile_identifier(school, "custom", name)
        content = custom.under_our_name(read.profile, identifier, name)
    draft = _Draft(content, custom.kind_of(read.profile), custom.summary_of(read))
    return _save(tx, vault, school, draft, actor, now)


def save_app(
    tx: Tx, bundle_id: str, store_id: int | None, name: str, actor: Actor, now: datetime
) -> App:
    """Put an app into the library, or correct what is known about it.

    store_id: its number in the store; None for one that comes by manifest.
    raises: InvalidInput (no bundle identifier, no number, no name).
    """
    bundle_id, name = bundle_id.strip(), " ".join(name.split())
    if not _BUNDLE_ID.fullmatch(bundle_id) or len(bundle_id) > 255:
        raise InvalidInput("bundle_id", "is no bundle identifier", "For example de.example.app.")
    if store_id is not None and not 0 < store_id < 1 << 31:
        raise InvalidInput("store_id", "is no number of the store")
    if not name or len(name) > _LONGEST_APP_NAME:
        raise InvalidInput("name", f"a name of 1 to {_LONGEST_APP_NAME} characters is needed")
    app = tx.scalar(select(App).where(App.bundle_id == bundle_id))
    if app is not None and (app.store_id, app.name) == (store_id, name):
        return app
    if app is None:
        app = App(bundle_id=bundle_id, created_at=now)
        tx.add(app)
    app.store_id, app.name = store_id, name
    tx.flush()
    details = {"bundle_id": bundle_id, "store_id": store_id}
    audit.record(tx, actor, "app.save", Subject.of("app", app.id), now, details=details)
    return app


def put_in_force(tx: Tx, profile: Profile, version: ProfileVersion) -> None:
    """Let a version be the one that is given wherever no version is named."""
    profile.current_version = version.version
    profile.kind = kind_of_version(profile, version)
    tx.flush()


def kind_of_version(profile: Profile, version: ProfileVersion) -> ProfileKind:
    """What a version is; those that were saved before versions knew it are as their profile."""
    return ProfileKind(version.summary.get("kind", profile.kind))


def _profile(identifier: str, name: str, payloads: tuple[Payload, ...]) -> ConfigurationProfile:
    return ConfigurationProfile(identifier, _UNNAMED, name, payloads)


def _save(
    tx: Tx, vault: Vault, school: School | None, draft: _Draft, actor: Actor, now: datetime
) -> Saved:
    # Before the row of the profile: whether anybody has it must stay so until this is through.
    alone_with_decisions(tx)
    content = _with_uuid(vault, draft.content)
    profile = _find(tx, content) or _added(tx, school, content, draft, now)
    known = _version_of(tx, profile, content.uuid)
    if known is not None:
        return Saved(profile, known, is_new=False)
    version = _version(vault, profile, _next_number(tx, profile), content, draft, actor, now)
    tx.add(version)
    tx.flush()
    _journal(tx, profile, version, actor, now)
    return Saved(profile, version, is_new=True)


def _added(
    tx: Tx, school: School | None, content: ConfigurationProfile, draft: _Draft, now: datetime
) -> Profile:
    profile = Profile(
        school_id=school.id if school is not None else None,
        identifier=content.identifier,
        name=content.display_name,
        kind=draft.kind,
        current_version=_FIRST,
        created_at=now,
    )
    tx.add(profile)
    tx.flush()
    return profile


def _with_uuid(vault: Vault, profile: ConfigurationProfile) -> ConfigurationProfile:
    """Give a profile the UUID of its content, so that ProfileList shows any drift.

    Keyed, for the UUID stands in clear text where the content is sealed: without the key nobody
    can try passphrases against it.
    """
    plain = with_content_uuid(profile).uuid
    keyed = hmac.new(vault.derive("profile-version"), plain.encode(), hashlib.sha256).digest()
    return replace(profile, uuid=payload_uuid(keyed, profile.identifier))


def _find(tx: Tx, content: ConfigurationProfile) -> Profile | None:
    """Find the profile of this identifier, locked. raises: InvalidInput (a name much alike)."""
    profile = tx.scalar(
        select(Profile).where(Profile.identifier == content.identifier).with_for_update()
    )
    if profile is not None and profile.name != content.display_name:
        raise InvalidInput("name", f"{profile.name} is too much alike", "Choose another name.")
    return profile


def _version_of(tx: Tx, profile: Profile, uuid: str) -> ProfileVersion | None:
    """The version that already says exactly that, the newest of several."""
    query = select(ProfileVersion).where(
        ProfileVersion.profile_id == profile.id, ProfileVersion.uuid == uuid
    )
    return tx.scalars(query.order_by(ProfileVersion.version.desc())).first()


def _next_number(tx: Tx, profile: Profile) -> int:
    newest = select(func.max(ProfileVersion.version)).where(ProfileVersion.profile_id == profile.id)
    return (tx.scalar(newest) or _FIRST - 1) + 1


def _version(
    vault: Vault,
    profile: Profile,
    number: int,
    content: ConfigurationProfile,
    draft: _Draft,
    actor: Actor,
    now: datetime,
) -> ProfileVersion:
    return ProfileVersion(
        profile_id=profile.id,
        version=number,
        uuid=content.uuid,
        sealed_content=contents.seal_content(vault, content, number),
        summary=_summary(content, draft),
        created_by=actor.name,
        created_at=now,
    )


def _summary(content: ConfigurationProfile, draft: _Draft) -> dict[str, Any]:
    variables = used_in([payload.content for payload in content.payloads])
    return {
        "kind": draft.kind.value,
        "ssids": contents.networks_of(content),
        "restrictions": contents.restrictions_of(content),
        **draft.summary,
        "payload_types": [payload.type for payload in content.payloads],
        "keys": [{"type": p.type, "keys": skeleton(p.content)} for p in content.payloads],
        "variables": sorted(variable.value for variable in variables),
    }


def _journal(
    tx: Tx, profile: Profile, version: ProfileVersion, actor: Actor, now: datetime
) -> None:
    details = {
        "identifier": profile.identifier,
        "version": version.version,
        "payload_types": version.summary["payload_types"],
    }
    subject = Subject.of("profile", profile.id)
    school = profile.school_id
    audit.record(tx, actor, "profile.save", subject, now, school_id=school, details=details)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
