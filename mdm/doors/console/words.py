"""The words for closed kinds: states, standings, refusals, errors. One table for each kind.

The English sentence is the message; the catalogues hold both languages. Not here: words for
texts that the house stores as they are (phrases.py), sentences of one page (templates).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from enrollment.standing import EnrollmentState, HoldReason
from mdm.rooms.access.models import Role
from mdm.rooms.actions.overview import OrderState
from mdm.rooms.devices.queries import Standing
from mdm.rooms.links.queries import LinkState
from policies.actions import RemoteKind
from policies.delivery import DeliveryState
from policies.evidence import Contradiction
from policies.verdict import RefusalKind
from policies.wishes import ProfileKind, ReasonKey
from profiles.commands.error_codes import ErrorCategory
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
    _D.EXPIRED: Word(_l("expired"), Tone.CARE, _l("It did not come to its end in time.")),
    _D.CANCELLED: Word(_l("taken back"), Tone.QUIET, _l("It was taken back before it was done.")),
    _D.UNCONFIRMED: Word(
        _l("unconfirmed"),
        Tone.CARE,
        _l("It left for the iPad and was not answered. It may have been done."),
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

ORDER: Mapping[OrderState, Word] = {
    OrderState.WAITS: Word(
        _l("waits for a second person"),
        Tone.CARE,
        _l("Nothing leaves before a second person agrees."),
    ),
    OrderState.LAPSED: Word(_l("lapsed"), Tone.QUIET, _l("Nobody agreed in time.")),
    OrderState.UNDER_WAY: Word(
        _l("under way"), Tone.WAITING, _l("Not every iPad has come to the end of it yet.")
    ),
    OrderState.OVER: Word(_l("closed"), Tone.QUIET, _l("Nothing more is waited for.")),
    OrderState.TAKEN_BACK: Word(
        _l("taken back"), Tone.QUIET, _l("What had reached an iPad before may still be done.")
    ),
}

CANNOT = Word(_l("cannot"), Tone.CARE, _l("It could not when this was ordered."))
NOT_SENT = Word(_l("not sent"), Tone.QUIET, _l("No command was made for this iPad."))

PROFILE: Mapping[ProfileKind, Text] = {
    ProfileKind.WIFI: _l("Wi-Fi"),
    ProfileKind.CERTIFICATE: _l("certificate"),
    ProfileKind.RESTRICTIONS: _l("restrictions"),
    ProfileKind.OTHER: _l("other"),
}

REASON: Mapping[ReasonKey, Text] = {
    ReasonKey.ASSIGNED: _l("assigned"),
    ReasonKey.NO_LONGER_ASSIGNED: _l("no longer assigned"),
    ReasonKey.FIRST_INVENTORY: _l("first inventory"),
    ReasonKey.STALE_INVENTORY: _l("inventory out of date"),
    ReasonKey.PROOF: _l("proof"),
    ReasonKey.IDENTITY_EXPIRES: _l("certificate expires soon"),
    ReasonKey.SETUP_COMPLETE: _l("everything needed is there"),
    ReasonKey.SETUP_TIME_LIMIT: _l("waited long enough"),
    ReasonKey.DECLARATIONS_CHANGED: _l("declarations have changed"),
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

ERROR: Mapping[ErrorCategory, Text] = {
    ErrorCategory.TEMPORARY: _l("It did not work for the moment."),
    ErrorCategory.PERMANENT: _l("The iPad refused it for good."),
    ErrorCategory.ALREADY_DONE: _l("It was done already."),
    ErrorCategory.SERVER_FAULT: _l("Our command was wrong. Please tell the helpdesk."),
    ErrorCategory.NEEDS_SUPERVISION: _l("The iPad is not supervised."),
    ErrorCategory.NEEDS_RIGHT: _l("The enrolment of this iPad does not allow it."),
    ErrorCategory.NOT_SUPPORTED: _l("This iPad, or its system, does not know it."),
    ErrorCategory.LOCKED: _l("Somebody has to unlock the iPad first."),
    ErrorCategory.USER_DECLINED: _l("Somebody declined it on the iPad."),
    ErrorCategory.WRONG_STATE: _l("Something else has to happen first."),
}
