"""What a typed answer leaves behind: a dated report, the latest word on each thing, proofs.

Here: one function for each kind of answer that plans live on; any other answer with content is
kept as a report. Not here: opening answers and their failures (results.py), what is secret
(never comes here), the rows themselves (mdm.rooms.devices.reports).
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from mdm.base.db import Tx
from mdm.rooms.commands import proofs
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.service import settle
from mdm.rooms.devices import reported, reports
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.devices.reports import Novelty
from policies.actions import QueryKind
from policies.delivery import DeliveryState
from policies.evidence import AppListSeen, Contradiction, DeviceNameSeen, ProfileListSeen
from policies.reported import AppStatus
from profiles import plist
from profiles.commands.answers.apps import (
    AppState,
    InstalledApp,
    ManagedApp,
    read_app_installation,
    read_installed_apps,
    read_managed_apps,
)
from profiles.commands.answers.certificates import InstalledCertificate, read_certificates
from profiles.commands.answers.device import DeviceInformation, read_device_information
from profiles.commands.answers.profiles import InstalledProfile, read_profiles
from profiles.commands.answers.security import read_security_info
from profiles.commands.answers.settings import read_settings_results
from profiles.commands.vocabulary import AnswerKind

_LONGEST_TEXT = 255
# Parameters that ask for a part only; absence from such an answer proves nothing.
_PARTIAL = ("Identifiers", "ManagedAppsOnly", "ManagedOnly")
# Not facts for people: too long, or counted elsewhere.
_NO_FACTS = ("others", "attestation", "subscriptions", "problems")

_UNDER_WAY = AppStatus.UNDER_WAY
_STATUS = {
    AppState.MANAGED: AppStatus.MANAGED,
    AppState.MANAGED_BUT_UNINSTALLED: AppStatus.MANAGED_BUT_UNINSTALLED,
    AppState.USER_INSTALLED_APP: AppStatus.USER_INSTALLED,
    AppState.FAILED: AppStatus.FAILED,
    AppState.USER_REJECTED: AppStatus.REJECTED,
    AppState.UPDATE_REJECTED: AppStatus.REJECTED,
    AppState.MANAGEMENT_REJECTED: AppStatus.REJECTED,
    AppState.UNKNOWN: None,
    AppState.OTHER: None,
}


class Answered(NamedTuple):
    """An answer with what it belongs to. body: the answer's own keys."""

    enrollment: Enrollment
    command: Command
    body: Mapping[str, plist.PlistValue]
    observed_at: datetime


def keep(tx: Tx, kind: AnswerKind, answered: Answered) -> None:
    """Write down what an acknowledged command brought.

    raises: MalformedMessage (the answer as a whole is of another kind).
    """
    match kind:
        case AnswerKind.DEVICE_INFORMATION:
            _keep_information(tx, answered)
        case AnswerKind.SECURITY_INFO:
            _keep_security(tx, answered)
        case AnswerKind.PROFILES:
            _keep_profiles(tx, answered)
        case AnswerKind.INSTALLED_APPS:
            _keep_installed_apps(tx, answered)
        case AnswerKind.MANAGED_APPS:
            _keep_managed_apps(tx, answered)
        case AnswerKind.CERTIFICATES:
            _keep_certificates(tx, answered)
        case AnswerKind.SETTINGS:
            _settle_settings(answered)
        case AnswerKind.APP_INSTALLATION:
            state = read_app_installation(answered.body).state
            answered.command.outcome = state.value if state is not None else ""
        case _:
            _record(tx, answered, answered.command.request_type, complete=True)


def _keep_information(tx: Tx, answered: Answered) -> None:
    said = read_device_information(answered.body)
    novelty = _record(tx, answered, QueryKind.DEVICE_INFORMATION, complete=True)
    if novelty is Novelty.LATE:
        return
    _put_facts(tx, answered, asdict(said))
    reports.note_information(tx, answered.enrollment, said, answered.observed_at)
    _prove_name(tx, answered, said)


def _prove_name(tx: Tx, answered: Answered, said: DeviceInformation) -> None:
    if said.device_name is not None:
        seen = DeviceNameSeen(answered.observed_at, said.device_name)
        proofs.prove_with(tx, answered.enrollment.id, seen, answered.observed_at)


def _keep_security(tx: Tx, answered: Answered) -> None:
    said = read_security_info(answered.body)
    novelty = _record(tx, answered, QueryKind.SECURITY_INFO, complete=True)
    if novelty is not Novelty.LATE:
        _put_facts(tx, answered, asdict(said))


def _keep_profiles(tx: Tx, answered: Answered) -> None:
    listed = read_profiles(answered.body)
    complete = _is_complete(answered, "ProfileList", len(listed))
    items = {profile.identifier: _profile_value(profile) for profile in listed}
    _keep_list(tx, answered, QueryKind.PROFILE_LIST, reported.PROFILE, items, complete=complete)
    uuids = {profile.identifier: profile.uuid or "" for profile in listed}
    seen = ProfileListSeen(answered.observed_at, uuids, complete)
    proofs.prove_with(tx, answered.enrollment.id, seen, answered.observed_at)


def _keep_installed_apps(tx: Tx, answered: Answered) -> None:
    listed = read_installed_apps(answered.body)
    complete = _is_complete(answered, "InstalledApplicationList", len(listed))
    items = {app.identifier: _app_value(app) for app in listed}
    kind = QueryKind.INSTALLED_APPLICATIONS
    _keep_list(tx, answered, kind, reported.APP, items, complete=complete)
    _prove_apps(tx, answered)


def _keep_managed_apps(tx: Tx, answered: Answered) -> None:
    listed = read_managed_apps(answered.body)
    complete = _is_complete(answered, "ManagedApplicationList", len(listed))
    items = {app.identifier: _managed_value(app) for app in listed}
    kind = QueryKind.MANAGED_APPLICATIONS
    _keep_list(tx, answered, kind, reported.MANAGED_APP, items, complete=complete)
    _prove_apps(tx, answered)


def _prove_apps(tx: Tx, answered: Answered) -> None:
    """Both lists together tell how an app stands, so what both say is put together first."""
    number = answered.enrollment.id
    state = reported.reported(reported.items(tx, [number]).get(number, [])).state
    installed = state.reports.get(QueryKind.INSTALLED_APPLICATIONS)
    if installed is not None:
        seen = AppListSeen(installed.observed_at, state.apps, installed.complete)
        proofs.prove_with(tx, number, seen, answered.observed_at)


def _keep_certificates(tx: Tx, answered: Answered) -> None:
    listed = read_certificates(answered.body)
    items = {hashlib.sha256(found.der).hexdigest(): _certificate_value(found) for found in listed}
    kind = QueryKind.CERTIFICATE_LIST
    # Asked for ours alone on purpose: then these are all there is to know.
    complete = _all_read(answered.body, "CertificateList", len(listed))
    _keep_list(tx, answered, kind, reported.CERTIFICATE, items, complete=complete)


def _settle_settings(answered: Answered) -> None:
    """One result per setting; the answer's own status tells nothing about them."""
    results = read_settings_results(answered.body)
    command, at = answered.command, answered.observed_at
    if results and all(result.is_applied for result in results):
        settle(command, DeliveryState.PROVEN, "", at)
        return
    applied = sum(result.is_applied for result in results)
    outcome = f"{Contradiction.SETTING_REFUSED.value}: {applied} of {len(results)} applied"
    settle(command, DeliveryState.FAILED, outcome, at)
    # It said no to this command; a name that fits later is the work of another one.
    command.refused_at = at


def _keep_list(
    tx: Tx,
    answered: Answered,
    kind: QueryKind,
    item_kind: str,
    items: Mapping[str, Mapping[str, Any]],
    *,
    complete: bool,
) -> None:
    novelty = _record(tx, answered, kind, complete=complete)
    number, at = answered.enrollment.id, answered.observed_at
    if novelty is Novelty.UNCHANGED and complete:
        reports.see_again(tx, number, item_kind, at)
    elif novelty is not Novelty.LATE:
        reports.put_items(tx, number, item_kind, items, at, complete=complete)


def _record(tx: Tx, answered: Answered, kind: str, *, complete: bool) -> Novelty:
    body = json.dumps(_plain(answered.body), sort_keys=True, ensure_ascii=False).encode()
    return reports.record_report(
        tx, answered.enrollment, kind, complete, body, answered.observed_at
    )


def _put_facts(tx: Tx, answered: Answered, said: Mapping[str, Any]) -> None:
    facts = {
        name: {"value": _plain(value)}
        for name, value in said.items()
        if value is not None and name not in _NO_FACTS
    }
    number, at = answered.enrollment.id, answered.observed_at
    reports.put_items(tx, number, reported.FACT, facts, at, complete=False)


def _is_complete(answered: Answered, key: str, count: int) -> bool:
    asked_for_all = not any(answered.command.parameters.get(name) for name in _PARTIAL)
    return asked_for_all and _all_read(answered.body, key, count)


def _all_read(body: Mapping[str, plist.PlistValue], key: str, count: int) -> bool:
    """Whether no member had to be left out for being unreadable."""
    members = body.get(key)
    return isinstance(members, list | dict) and len(members) == count


def _profile_value(profile: InstalledProfile) -> dict[str, Any]:
    types = sorted({payload.payload_type for payload in profile.payloads})
    return {
        "uuid": _text(profile.uuid),
        "name": _text(profile.display_name),
        "version": profile.version,
        "organization": _text(profile.organization),
        "managed": profile.is_managed,
        "payload_types": types or None,
    }


def _app_value(app: InstalledApp) -> dict[str, Any]:
    return {
        "name": _text(app.name),
        "version": _text(app.short_version or app.version),
        "installing": app.is_installing,
        "declared": app.is_declared,
        "size": app.bundle_size,
    }


def _managed_value(app: ManagedApp) -> dict[str, Any]:
    status = _STATUS.get(app.state, _UNDER_WAY)
    return {"status": None if status is None else status.value, "state": app.state.value}


def _certificate_value(found: InstalledCertificate) -> dict[str, Any]:
    return {"name": _text(found.common_name), "identity": found.is_identity}


def _text(value: str | None) -> str | None:
    return None if value is None else value[:_LONGEST_TEXT]


def _plain(value: object) -> Any:
    """A value as JSON can hold it; bytes in base64, instants in ISO form."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
