"""Why something was not ordered, in English sentences for a terminal."""

from policies.verdict import RefusalKind, Refused

_R = RefusalKind
_SENTENCES = {
    _R.STOPPED: "the emergency stop is pressed (mdm action release)",
    _R.NO_APPROVAL: "nobody has approved this",
    _R.NO_PERSON: "it is not clear who wants this",
    _R.NO_REASON: "give a reason with --reason; it is written into the journal",
    _R.NO_DEVICES: "there is no device to do this on",
    _R.APPROVAL_EXPIRED: "the approval is over; order it again",
    _R.APPROVAL_TOO_LONG: "an approval lasts seven days at most",
    _R.OTHER_ACTION: "the approval was for something else",
    _R.OTHER_GENERATION: "the device has enrolled again since; order it anew",
    _R.NOT_ON_THE_LIST: "the device was not on the approved list",
    _R.ALREADY_ANSWERED: "the device has already answered this",
    _R.SECOND_PERSON_NEEDED: "so many within an hour need a second person",
    _R.SAME_PERSON: "a second person must agree, not the same one",
    _R.ALREADY_SECONDED: "a second person has already agreed",
    _R.DEVICE_CANNOT: "the device cannot do that",
}


def sentence(refused: Refused) -> str:
    """Say why, with the reason of the device where there is one."""
    why = refused.values.get("why")
    detail = f": {str(why).replace('_', ' ')}" if why is not None else ""
    return _SENTENCES[refused.kind] + detail
