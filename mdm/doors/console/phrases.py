"""Words for texts that the house stores as they are: commands, outcomes, reports, facts, acts.

None of these lists is closed: what we have no word for is shown as it is stored.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from mdm.doors.console import words
from mdm.doors.console.words import Text
from mdm.rooms.commands.proofs import NEVER_KNOWN
from mdm.rooms.reconciler.inventory import ASKED
from policies.evidence import Contradiction
from policies.scope import ScopeKind
from policies.verdict import RefusalKind, Refused
from policies.wishes import ProfileKind, ReasonKey
from profiles.commands.error_codes import ErrorCategory
from profiles.commands.refusal import RefusalKind as DeviceRefusalKind

_OUTCOMES: Mapping[str, Text] = {
    "superseded": _l("replaced by a newer command"),
    "no longer wanted": _l("no longer wanted"),
    "no answer": _l("no answer"),
    "not fetched in time": _l("not fetched in time"),
    "accepted, but never seen": _l("accepted, but the effect was never seen"),
    "left once, never answered": _l("It left for the iPad once, and no answer came."),
    NEVER_KNOWN: _l(
        "It left for the iPad once and was never answered. Nobody knows whether it was done; "
        "look at the iPad, or order it again."
    ),
    "authenticated anew": _l("the iPad has enrolled again"),
    "enrollment ended": _l("the enrolment has ended"),
    "stopped": _l("stopped by the emergency stop"),
    "cancelled": _l("taken back by a person"),
    "not enrolled": _l("The iPad is not enrolled."),
    "no unlock token": _l("The iPad has not handed over the key that clears its passcode."),
    "done already": _l("It was done already."),
    "Queued": _l("The app waits for its turn."),
    "Prompting": _l("The iPad asks whether to install the app."),
    "Installing": _l("The app is being installed."),
    "Updating": _l("The app is being updated."),
    "Managed": _l("The app is installed and managed."),
}
_KINDS: Mapping[str, Text] = {
    **{kind.value: words.ERROR[kind] for kind in ErrorCategory},
    **{kind.value: words.DEVICE_REFUSAL[kind] for kind in DeviceRefusalKind},
    **{kind.value: words.REFUSAL[kind] for kind in RefusalKind},
    **{kind.value: words.CONTRADICTION[kind] for kind in Contradiction},
}

_REQUESTS: Mapping[str, Text] = {
    "DeviceInformation": _l("Ask for device details"),
    "SecurityInfo": _l("Ask for security details"),
    "ProfileList": _l("Ask for the list of profiles"),
    "CertificateList": _l("Ask for the list of certificates"),
    "Restrictions": _l("Ask for the restrictions"),
    "InstalledApplicationList": _l("Ask for the list of apps"),
    "ManagedApplicationList": _l("Ask for the list of managed apps"),
    "InstallProfile": _l("Install a profile"),
    "RemoveProfile": _l("Remove a profile"),
    "InstallApplication": _l("Install an app"),
    "RemoveApplication": _l("Remove an app"),
    "RestartDevice": _l("Restart"),
    "ShutDownDevice": _l("Shut down"),
    "DeviceLock": _l("Lock"),
    "ClearPasscode": _l("Clear passcode"),
    "EraseDevice": _l("Erase"),
    "EnableLostMode": _l("Lost Mode on"),
    "DisableLostMode": _l("Lost Mode off"),
    "PlayLostModeSound": _l("Play a sound"),
    "DeviceLocation": _l("Locate"),
    "DeviceConfigured": _l("Let Setup Assistant go on"),
    "Settings": _l("Change settings"),
    "DeclarativeManagement": _l("Bring declarations up to date"),
}

_BY_ITSELF = "status"
_REPORTS: Mapping[str, Text] = {
    "device_information": _l("Device details"),
    "security_info": _l("Security details"),
    "profile_list": _l("List of profiles"),
    "certificate_list": _l("List of certificates"),
    "installed_applications": _l("List of apps"),
    "managed_applications": _l("List of managed apps"),
    _BY_ITSELF: _l("Status report"),
}
_PARTIAL = _l("Partial report")

_ACTS: Mapping[str, Text] = {
    "person.sign_in": _l("signed in"),
    "person.sign_out": _l("signed out everywhere"),
    "person.add": _l("added a person"),
    "person.password": _l("set a new password"),
    "school.add": _l("added a school"),
    "class_group.add": _l("added a class"),
    "city.name": _l("named the city"),
    "campus.add": _l("added a site"),
    "school.campus": _l("moved a school to another site"),
    "school.training": _l("decided whether this is the training school"),
    "school.nameless": _l("made the school one without names"),
    "school.named": _l("let the school have names again"),
    "room.add": _l("added a room"),
    "trolley.add": _l("added a trolley"),
    "trolley.extend": _l("gave a trolley more slots"),
    "roster.draft": _l("read in class lists"),
    "roster.confirm": _l("confirmed as second person that so many leave"),
    "roster.discard": _l("gave an import of class lists up"),
    "roster.apply": _l("wrote class lists"),
    "roster.export": _l("took class lists out as a file"),
    "mapping.save": _l("saved the meaning of columns"),
    "device.place": _l("moved the iPad to another place"),
    "link.create": _l("made an enrolment link"),
    "link.revoke": _l("revoked an enrolment link"),
    "app.save": _l("saved an app"),
    "profile.save": _l("saved a profile"),
    "profile.replace": _l("decided for another version of a profile"),
    "assignment.begin": _l("decided who gets something"),
    "assignment.end": _l("decided who no longer gets something"),
    "blueprint.save": _l("saved a blueprint"),
    "blueprint.restore": _l("restored a version of a blueprint"),
    "blueprint.retire": _l("took a blueprint out of use"),
    "group.save": _l("saved a smart group"),
    "group.retire": _l("took a smart group out of use"),
    "change.draft": _l("drafted a change"),
    "change.arrange": _l("changed the order of a change's rings"),
    "change.discard": _l("gave a change up"),
    "change.approve": _l("approved a change"),
    "change.release": _l("released a ring of a change"),
    "change.stop": _l("stopped a change"),
    "change.resume": _l("let a change go on"),
    "change.done": _l("brought a change to its end"),
    "push_certificate.request": _l("requested a push certificate"),
    "push_certificate.import": _l("imported a push certificate"),
    "server_key.make": _l("made a key of the server"),
    "action.order": _l("gave an order"),
    "action.second": _l("agreed to an order as second person"),
    "action.cancel": _l("took an order back"),
    "action.refused": _l("gave an order that was refused"),
    "command.order": _l("gave a command"),
    "stop.press": _l("pressed the emergency stop"),
    "stop.release": _l("released the emergency stop"),
    "retention.forget": _l("deleted what is old"),
    "device.ask": _l("asked the iPad for its inventory"),
    "device.expect": _l("put the iPad on the list of expected devices"),
    "device.accept": _l("accepted the held iPad"),
    "device.release": _l("released the iPad"),
    "device.expect_return": _l("allowed the iPad to enrol again"),
    "device.joined": _l("has enrolled"),
    "device.joined_again": _l("enrolled again"),
    "device.held": _l("was held on arrival"),
    "device.accepted": _l("was accepted"),
    "device.authenticate_repeated": _l("repeated the first step of enrolling"),
    "device.certificate_renewed": _l("renewed its certificate"),
    "device.certificate_expired": _l("came with an expired certificate"),
    "device.stale_token_ignored": _l("sent an outdated push token, which was ignored"),
    "device.checked_out": _l("left the management"),
    "device.late_check_out_ignored": _l("said goodbye too late, which was ignored"),
    "device.returned_after_check_out": _l("came back after leaving"),
    "device.revived": _l("went on with an earlier enrolment"),
    "declarations.empty": _l("took all declarations off the iPad"),
    "device.guest_ignored": _l("had a guest, who is not managed"),
}
_SUBJECTS: Mapping[str, Text] = {
    "action": _l("Order"),
    "app": _l("App"),
    "assignment": _l("Assignment"),
    "blueprint": _l("Blueprint"),
    "change_plan": _l("Change"),
    "campus": _l("Site"),
    "city": _l("City"),
    "class_group": _l("Class"),
    "device": _l("iPad"),
    "enrollment_link": _l("Enrolment link"),
    "house": _l("House"),
    "person": _l("Person"),
    "profile": _l("Profile"),
    "push_certificate": _l("Push certificate"),
    "remote_kind": _l("Kind of order"),
    "room": _l("Room"),
    "roster_import": _l("Import of class lists"),
    "saved_mapping": _l("Meaning of columns"),
    "school": _l("School"),
    "server_key": _l("Key of the server"),
    "smart_group": _l("Smart group"),
    "trolley": _l("Trolley"),
}
_ASKED = _l("asked for by a person")
_SCOPES: Mapping[ScopeKind, Text] = {
    ScopeKind.CITY: _l("whole city"),
    ScopeKind.SCHOOL: _l("school"),
    ScopeKind.GRADE: _l("grade"),
    ScopeKind.CLASS: _l("class"),
    ScopeKind.COURSE: _l("course"),
    ScopeKind.TROLLEY: _l("trolley"),
    ScopeKind.GROUP: _l("group"),
    ScopeKind.DEVICE: _l("iPad"),
}
_ACCESS: Mapping[str, Text] = {
    "Personal": _l("with a password"),
    "EapTls": _l("with certificates"),
    "Peap": _l("with an account"),
}
_FACTS: Mapping[str, Text] = {
    "battery_level": _l("Battery"),
    "capacity_gb": _l("Storage"),
    "available_gb": _l("Free storage"),
    "has_passcode": _l("Passcode set"),
    "is_activation_locked": _l("Activation Lock"),
    "is_in_lost_mode": _l("Lost Mode"),
    "is_cloud_backup_on": _l("iCloud backup"),
    "wifi_mac": _l("Wi-Fi address"),
}


def request_name(request_type: str) -> Text:
    """What a command is for; Apple's own name where we have no word for it."""
    return _REQUESTS.get(request_type, request_type)


def outcome(text: str) -> Text:
    """What became of a command. A device's own words, after the kind, stay as they are."""
    if text in _OUTCOMES:
        return _OUTCOMES[text]
    kind, _, detail = text.partition(": ")
    if kind not in _KINDS:
        return text
    return f"{_KINDS[kind]} ({detail})" if detail else _KINDS[kind]


def refusal_text(refused: Refused) -> Text:
    """Why something was refused: the device's own reason where there is one."""
    why = refused.values.get("why")
    return outcome(why) if isinstance(why, str) else words.REFUSAL[refused.kind]


def reason(text: str, ordered_by: str) -> Text:
    """Why a command was given: a plan's key in words, a person's reason as it was written."""
    if text == ASKED:
        return _ASKED
    key, _, scope = text.partition(" ")
    if not ordered_by.startswith("job:") or key not in set(ReasonKey):
        return text
    kind, _, name = scope.partition(" ")
    place = f"{_SCOPES[ScopeKind(kind)]} {name}" if kind in set(ScopeKind) else ""
    title = words.REASON[ReasonKey(key)]
    return f"{title}: {place.strip()}" if place else title


def report_name(kind: str, is_complete: bool = True) -> Text:
    """What a report is about; a RequestType where it has no name of its own."""
    if kind == _BY_ITSELF and not is_complete:
        return _PARTIAL
    return _REPORTS.get(kind) or request_name(kind)


def is_lacking(kind: str, is_complete: bool) -> bool:
    """Whether a report says less than it should; what an iPad tells by itself need not say all."""
    return not is_complete and kind != _BY_ITSELF


def act_name(act: str) -> Text:
    """What was done, as the journal's end of a sentence."""
    return _ACTS.get(act, act)


def subject_kinds() -> Mapping[str, Text]:
    """The kinds of things the journal is about."""
    return _SUBJECTS


def subject_name(kind: str) -> Text:
    """What an act was about, without its number."""
    return _SUBJECTS.get(kind, kind)


def assigned_text(kind: ProfileKind | None, summary: Mapping[str, Any]) -> str:
    """What is behind a rule of a school, in a few words without secrets."""
    if kind is ProfileKind.WIFI and "ssid" in summary:
        way_in = _ACCESS.get(str(summary.get("access")), "")
        return f"{summary['ssid']}, {way_in}" if way_in else str(summary["ssid"])
    if kind is ProfileKind.RESTRICTIONS and "restrictions" in summary:
        count = len(summary["restrictions"])
        return ngettext("%(num)d restriction", "%(num)d restrictions", count)
    return str(words.PROFILE[kind]) if kind is not None else gettext("App")


def fact_names() -> Mapping[str, Text]:
    """The facts a page shows, by name, in their order."""
    return _FACTS


def fact_text(name: str, value: Any) -> str:
    """Write the value of a fact: yes and no, per cent, gigabytes."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int | float) and name == "battery_level":
        return f"{round(value * 100)} %"
    if isinstance(value, int | float) and name.endswith("_gb"):
        return f"{round(value)} GB"
    return str(value)
