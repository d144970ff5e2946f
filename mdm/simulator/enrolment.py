"""How a person brings an iPad under management: by a link, or with a profile in hand."""

import re
from urllib.parse import urljoin

from mdm.simulator.errors import DeviceError, EnrolmentFailed, Unreachable
from mdm.simulator.exchange import Conversation, Request, Response, send
from mdm.simulator.installation import BY_HAND, install
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


def _open(url: str) -> Conversation[Response]:
    response = yield from send(Request("GET", url, _SAFARI))
    if not response.is_success:
        raise EnrolmentFailed("the link is refused", response.status)
    return response
