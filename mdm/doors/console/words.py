"""The words for closed kinds: states, refusals, standings, acts. One table for each kind.

Here: kinds that the house stores, turned into something a person reads. The English sentence
is the message; the catalogues hold both languages. Not here: sentences of one page (templates).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from enrollment.standing import EnrollmentState, HoldReason
from mdm.rooms.access.models import Role
from mdm.rooms.devices.queries import Standing
from mdm.rooms.links.queries import LinkState
from policies.actions import RemoteKind
from policies.delivery import DeliveryState
from policies.evidence import Contradiction
from policies.verdict import RefusalKind
from policies.wishes import ProfileKind
from profiles.commands.refusal import RefusalKind as DeviceRefusalKind

Text = LazyString | str


class Tone(StrEnum):
    """How a badge looks. GOOD is green: for what is proven, and for nothing else."""

    GOOD = "good"
    HERE = "here"
    WAITING = "waiting"
    CARE = "care"
    BAD = "bad"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Word:
    """A badge: its text, its tone, and the sentence behind it."""

    text: Text
    tone: Tone
    sentence: Text = ""


_D = DeliveryState
DELIVERY: Mapping[DeliveryState, Word] = {
    _D.QUEUED: Word(_l("queued"), Tone.WAITING, _l("Written down; the iPad has not been called.")),
    _D.PUSHED: Word(_l("called"), Tone.WAITING, _l("The iPad was asked to call us.")),
    _D.REACHED: Word(
        _l("reached the iPad"),
        Tone.WAITING,
        _l("The command has left for the iPad; no answer yet."),
    ),
    _D.DEFERRED: Word(
        _l("waits for unlocking"),
        Tone.WAITING,
        _l("The iPad said “not now”; usually it is locked. It asks again by itself."),
    ),
    _D.ACCEPTED: Word(
        _l("accepted"), Tone.WAITING, _l("The iPad said yes. We still wait for the proof.")
    ),
    _D.PROVEN: Word(_l("proven"), Tone.GOOD, _l("What the iPad reported shows it.")),
    _D.FAILED: Word(_l("failed"), Tone.BAD, _l("The iPad refused, or the effect is missing.")),
    _D.EXPIRED: Word(_l("expired"), Tone.CARE, _l("The iPad did not fetch it in time.")),
    _D.CANCELLED: Word(_l("taken back"), Tone.QUIET, _l("It was taken back before it was done.")),
    _D.UNCONFIRMED: Word(
        _l("unconfirmed"),
        Tone.CARE,
        _l("It reached the iPad, which cannot answer it. Certain only when it enrols again."),
    ),
}

STANDING: Mapping[Standing, Word] = {
    Standing.EXPECTED: Word(_l("expected"), Tone.QUIET, _l("Known, but has never enrolled.")),
    Standing.JOINING: Word(_l("enrolling"), Tone.WAITING, _l("Has begun to enrol.")),
    Standing.ENROLLED: Word(_l("enrolled"), Tone.HERE, _l("Under management and in touch.")),
    Standing.SILENT: Word(_l("silent"), Tone.CARE, _l("Not heard of for seven days.")),
    Standing.HELD: Word(_l("held"), Tone.CARE, _l("Waits until a person accepts it.")),
    Standing.LEFT: Word(_l("left"), Tone.QUIET, _l("Was enrolled and is not any more.")),
}

LINK: Mapping[LinkState, Word] = {
    LinkState.OPEN: Word(_l("open"), Tone.WAITING),
    LinkState.USED_UP: Word(_l("used up"), Tone.QUIET),
    LinkState.EXPIRED: Word(_l("expired"), Tone.QUIET),
    LinkState.REVOKED: Word(_l("revoked"), Tone.CARE),
}

ENROLLMENT: Mapping[EnrollmentState, Word] = {
    EnrollmentState.AWAITED: Word(_l("expected"), Tone.QUIET),
    EnrollmentState.AUTHENTICATED: Word(_l("enrolling"), Tone.WAITING),
    EnrollmentState.ENROLLED: Word(_l("enrolled"), Tone.HERE),
    EnrollmentState.CHECKED_OUT: Word(_l("left"), Tone.CARE),
    EnrollmentState.REPLACED: Word(_l("has enrolled again"), Tone.QUIET),
    EnrollmentState.RETIRED: Word(_l("released"), Tone.QUIET),
}

HELD: Mapping[HoldReason, Text] = {
    HoldReason.UNEXPECTED_SERIAL: _l(
        "Its serial number is not on the list of this school. Compare it with the back of the iPad."
    ),
    HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE: _l(
        "It says it is an iPad we know, but shows a certificate that was not issued for that one. "
        "This happens after a reset by hand, and when somebody pretends to be this iPad."
    ),
    HoldReason.SERIAL_NOT_SHOWN: _l(
        "It did not tell its serial number, so nobody can say which iPad it is."
    ),
}

ROLE: Mapping[Role, Text] = {
    Role.ADMINISTRATOR: _l("administrator"),
    Role.HELPDESK: _l("helpdesk"),
    Role.CAMPUS_MANAGER: _l("campus manager"),
    Role.READER: _l("reader"),
}

REMOTE: Mapping[RemoteKind, Text] = {
    RemoteKind.RESTART: _l("Restart"),
    RemoteKind.SHUT_DOWN: _l("Shut down"),
    RemoteKind.LOCK: _l("Lock"),
    RemoteKind.CLEAR_PASSCODE: _l("Clear passcode"),
    RemoteKind.ERASE: _l("Erase"),
    RemoteKind.ENABLE_LOST_MODE: _l("Lost Mode on"),
    RemoteKind.DISABLE_LOST_MODE: _l("Lost Mode off"),
    RemoteKind.PLAY_LOST_MODE_SOUND: _l("Play a sound"),
    RemoteKind.LOCATE: _l("Locate"),
}

PROFILE: Mapping[ProfileKind, Text] = {
    ProfileKind.WIFI: _l("Wi-Fi"),
    ProfileKind.CERTIFICATE: _l("certificate"),
    ProfileKind.RESTRICTIONS: _l("restrictions"),
    ProfileKind.OTHER: _l("other"),
}

_R = RefusalKind
REFUSAL: Mapping[RefusalKind, Text] = {
    _R.STOPPED: _l("The emergency stop is on: nothing of this kind leaves the house now."),
    _R.NO_APPROVAL: _l("Nobody has approved this."),
    _R.NO_PERSON: _l("It is not clear who wants this. Please sign in again."),
    _R.NO_REASON: _l("Please give a reason; it is written into the journal."),
    _R.NO_DEVICES: _l("There is no device to do this on."),
    _R.APPROVAL_EXPIRED: _l("The approval is over. Please order it again."),
    _R.APPROVAL_TOO_LONG: _l("An approval lasts seven days at most."),
    _R.OTHER_ACTION: _l("The approval was for something else."),
    _R.OTHER_GENERATION: _l("The iPad has enrolled again since. Please order it anew."),
    _R.NOT_ON_THE_LIST: _l("This iPad was not on the approved list."),
    _R.ALREADY_ANSWERED: _l("The iPad has already answered this."),
    _R.SECOND_PERSON_NEEDED: _l(
        "So many iPads within an hour need a second person. The order waits until somebody agrees."
    ),
    _R.SAME_PERSON: _l("A second person must agree, not the same one."),
    _R.ALREADY_SECONDED: _l("A second person has already agreed."),
    _R.DEVICE_CANNOT: _l("This iPad cannot do that."),
}

_C = DeviceRefusalKind
DEVICE_REFUSAL: Mapping[DeviceRefusalKind, Text] = {
    _C.UNKNOWN_OS_VERSION: _l(
        "We do not know its system version yet. Refresh the inventory first."
    ),
    _C.OS_TOO_OLD: _l("Its system is too old for this. Update it first."),
    _C.REMOVED_FROM_OS: _l("Its system no longer knows this command."),
    _C.WRONG_PLATFORM: _l("This kind of device does not know this command."),
    _C.UNKNOWN_SUPERVISION: _l(
        "We do not know whether it is supervised. Refresh the inventory first."
    ),
    _C.NEEDS_SUPERVISION: _l(
        "It is not supervised, so it would refuse. Supervising it means setting it up anew."
    ),
    _C.NEEDS_ADE: _l("Only an automatically enrolled iPad does this."),
    _C.NEEDS_ACCESS_RIGHT: _l("Its enrolment does not allow this. It would have to enrol again."),
    _C.NEEDS_SHARED_IPAD: _l("Only a Shared iPad does this."),
    _C.NOT_ON_SHARED_IPAD: _l("A Shared iPad does not do this."),
    _C.NOT_UNDER_USER_ENROLLMENT: _l("A privately owned iPad does not do this for us."),
    _C.WRONG_CHANNEL: _l("This cannot be sent to this user or device."),
    _C.NOT_IN_LOST_MODE: _l("It is in Lost Mode. End Lost Mode first."),
    _C.NOT_WHILE_AWAITING_CONFIGURATION: _l("It is still being set up. Wait until that is done."),
}

CONTRADICTION: Mapping[Contradiction, Text] = {
    Contradiction.PROFILE_ABSENT: _l("The iPad does not list the profile."),
    Contradiction.OTHER_PROFILE_VERSION: _l("The iPad lists another version of the profile."),
    Contradiction.PROFILE_STILL_THERE: _l("The iPad still lists the profile."),
    Contradiction.APP_FAILED: _l("The iPad could not install the app."),
    Contradiction.APP_REJECTED: _l("The app was refused on the iPad."),
    Contradiction.APP_STILL_THERE: _l("The iPad still lists the app."),
    Contradiction.SETTING_REFUSED: _l("The iPad refused the setting."),
    Contradiction.OTHER_NAME: _l("The iPad reports another name."),
}

_OUTCOMES: Mapping[str, Text] = {
    "superseded": _l("replaced by a newer command"),
    "no answer": _l("no answer"),
    "not fetched in time": _l("not fetched in time"),
    "authenticated anew": _l("the iPad has enrolled again"),
    "enrollment ended": _l("the enrolment has ended"),
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

_REPORTS: Mapping[str, Text] = {
    "device_information": _l("Device details"),
    "security_info": _l("Security details"),
    "profile_list": _l("List of profiles"),
    "certificate_list": _l("List of certificates"),
    "installed_applications": _l("List of apps"),
    "managed_applications": _l("List of managed apps"),
}

_ACTS: Mapping[str, Text] = {
    "person.sign_in": _l("signed in"),
    "person.sign_out": _l("signed out everywhere"),
    "person.add": _l("added a person"),
    "person.password": _l("set a new password"),
    "school.add": _l("added a school"),
    "class_group.add": _l("added a class"),
    "link.create": _l("made an enrolment link"),
    "link.revoke": _l("revoked an enrolment link"),
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
    "device.guest_ignored": _l("had a guest, who is not managed"),
}


def request_name(request_type: str) -> Text:
    """What a command is for; Apple's own name where we have no word for it."""
    return _REQUESTS.get(request_type, request_type)


def outcome(text: str) -> Text:
    """What became of a command, in words; a device's own words stay as they are."""
    for kind in Contradiction:
        if text == kind.value:
            return CONTRADICTION[kind]
    return _OUTCOMES.get(text, text)


def report_name(kind: str) -> Text:
    """What a report is about."""
    return _REPORTS.get(kind, kind)


def act_name(act: str) -> Text:
    """What was done, as the journal's end of a sentence."""
    return _ACTS.get(act, act)
