"""Answers that are one word: an invitation, a request to mirror."""

from enum import Enum

from profiles.commands.answers.fields import Fields, Values


class InvitationResult(Enum):
    """What became of InviteToProgram. UNKNOWN: another word, or none."""

    ACKNOWLEDGED = "Acknowledged"
    INVALID_PROGRAM_ID = "InvalidProgramID"
    INVALID_INVITATION_URL = "InvalidInvitationURL"
    UNKNOWN = "Unknown"


class MirroringResult(Enum):
    """What became of RequestMirroring. UNKNOWN: another word, or none."""

    PROMPTING = "Prompting"
    DESTINATION_NOT_FOUND = "DestinationNotFound"
    CANCELLED = "Cancelled"
    UNKNOWN = "Unknown"


_INVITATIONS = {result.value: result for result in InvitationResult}
_MIRRORINGS = {result.value: result for result in MirroringResult}


def read_invitation_result(body: Values) -> InvitationResult:
    """Read `InvitationResult`."""
    word = Fields(body).text("InvitationResult") or ""
    return _INVITATIONS.get(word, InvitationResult.UNKNOWN)


def read_mirroring_result(body: Values) -> MirroringResult:
    """Read `MirroringResult`."""
    return _MIRRORINGS.get(Fields(body).text("MirroringResult") or "", MirroringResult.UNKNOWN)
