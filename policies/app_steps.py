"""Steps for apps and for the device's name.

Here: what to install, take over or delete. Not here: profiles (policies.profile_steps), licenses.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.actions import ActionKind, InstallApp, RemoveApp, SetDeviceName
from policies.declared_names import app_name
from policies.plan import RefusalKind, Step, UnmetWish
from policies.reported import AppStatus
from policies.situation import Progress, Situation


def apps_to_install(situation: Situation) -> Iterator[Step]:
    """List the apps that are missing, deleted by the pupil, or not yet ours."""
    for wanted in situation.routed.apps:
        if not wanted.required or situation.is_declared(app_name(wanted.identifier)):
            continue
        if situation.app_progress(wanted) is Progress.MISSING:
            listed = situation.reported.apps.get(wanted.identifier)
            take_over = listed is not None and listed.status is AppStatus.USER_INSTALLED
            action = InstallApp(wanted.identifier, wanted.store_id, take_over)
            yield Step(action, wanted.reason, not_before=situation.retry_at(action.key))


def apps_to_remove(situation: Situation) -> Iterator[Step]:
    """List managed apps that somebody decided to delete. A wish that merely ended deletes none."""
    for absent in situation.desired.absent_apps:
        listed = situation.reported.apps.get(absent.identifier)
        if listed is None or not listed.installed or listed.status is not AppStatus.MANAGED:
            continue
        if situation.is_declared(app_name(absent.identifier)):
            continue  # It goes with its declaration; a command would fail until then.
        if not situation.is_being_removed(ActionKind.REMOVE_APP, absent.identifier):
            action = RemoveApp(absent.identifier)
            yield Step(action, absent.reason, not_before=situation.retry_at(action.key))


def name_to_set(situation: Situation) -> Iterator[Step]:
    wanted = situation.desired.device_name
    if wanted is None or not situation.device.supervised:
        return
    if situation.name_progress(wanted.name) is Progress.MISSING:
        action = SetDeviceName(wanted.name)
        yield Step(action, wanted.reason, not_before=situation.retry_at(action.key))


def unmet_offers(situation: Situation) -> Iterator[UnmetWish]:
    """Apps that are only offered, on devices that can be given apps by command alone."""
    for app in situation.routed.apps:
        if not app.required:
            yield UnmetWish(app.identifier, RefusalKind.NOT_ON_THIS_VERSION, app.reason)


def unmet_name_wish(situation: Situation) -> Iterator[UnmetWish]:
    wanted = situation.desired.device_name
    if wanted is not None and not situation.device.supervised:
        yield UnmetWish("device name", RefusalKind.NOT_SUPERVISED, wanted.reason)


def unproven_subjects(situation: Situation) -> Iterator[str]:
    """Wished apps and the wished name, where no report has shown them yet."""
    for app in situation.routed.apps:
        if app.required and situation.app_progress(app) is not Progress.SETTLED:
            yield app.identifier
    name = situation.desired.device_name
    if name is None or not situation.device.supervised:
        return
    if situation.name_progress(name.name) is not Progress.SETTLED:
        yield "device name"
