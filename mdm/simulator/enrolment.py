"""How a person brings an iPad under management: by a link, or with a profile in hand."""

import re
from urllib.parse import urljoin

from mdm.simulator.errors import DeviceError, EnrolmentFailed, SimulatorError, Unreachable
from mdm.simulator.exchange import Conversation, Request, Response, send
from mdm.simulator.installation import BY_HAND, install, leave
from mdm.simulator.ipad import SimulatedIpad
from profiles.configuration_profile import CONTENT_TYPE

_SAFARI = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Language": "de-DE,de",
    "User-Agent": "Mozilla/5.0 (iPad) Safari",
}
_PROFILE_LINK = re.compile(rb'href="([^"]*/profile)"')


def enrol_by_link(ipad: SimulatedIpad, link: str) -> Conversation[None]:
    """Open an enrolment link, load the profile and install it, as a person does.

    link: of the page, or of the profile itself.
    raises: EnrolmentFailed.
    """
    try:
        response = yield from _open(link)
        if response.content_type == "text/html":
            found = _PROFILE_LINK.search(response.body)
            if found is None:
                raise EnrolmentFailed("the page offers no profile", response.status)
            response = yield from _open(urljoin(link, found[1].decode()))
    except Unreachable as error:
        raise EnrolmentFailed("the link cannot be reached") from error
    if response.content_type != CONTENT_TYPE:
        raise EnrolmentFailed("this is no profile", response.status)
    yield from enrol_with_profile(ipad, response.body)


def enrol_with_profile(ipad: SimulatedIpad, body: bytes) -> Conversation[None]:
    """Install an enrolment profile.

    raises: EnrolmentFailed, also if the profile brings no management.
    """
    try:
        yield from install(ipad, body, BY_HAND)
    except DeviceError as error:
        raise EnrolmentFailed(str(error)) from error
    if ipad.enrolment is None:
        raise EnrolmentFailed("the profile brings no management")
    ipad.enrols_with = None


def remove_by_hand(ipad: SimulatedIpad) -> Conversation[None]:
    """Let a person remove the management profile in Settings.

    raises: SimulatorError (not enrolled, or the profile forbids it on a supervised iPad).
    """
    enrolment = ipad.enrolment
    if enrolment is None:
        raise SimulatorError("not under management")
    installed = ipad.profiles.get(enrolment.management.profile_identifier)
    is_locked = installed is not None and installed.profile.removal_disallowed
    if is_locked and ipad.hardware.is_supervised:
        raise SimulatorError("the profile cannot be removed")
    yield from leave(ipad, enrolment)


def _open(url: str) -> Conversation[Response]:
    response = yield from send(Request("GET", url, _SAFARI))
    if not response.is_success:
        raise EnrolmentFailed("the link is refused", response.status)
    return response
