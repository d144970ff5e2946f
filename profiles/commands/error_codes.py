"""Error codes of devices that are worth recognising, as a table.

The categories say what a sender should do. Codes are diagnostic and may change between
releases: what is not listed is simply a failure.

source: Apple, MDM error codes; observations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class ErrorCategory(Enum):
    """What to do about an error.

    TEMPORARY: try again later. PERMANENT: the same command will fail again.
    ALREADY_DONE: the wish is fulfilled. SERVER_FAULT: our command was wrong; a bug.
    NEEDS_SUPERVISION, NEEDS_RIGHT: the enrolment does not allow it.
    NOT_SUPPORTED: this device or system does not know it. LOCKED: a person must unlock first.
    USER_DECLINED: a person said no. WRONG_STATE: something else has to happen first.
    """

    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    ALREADY_DONE = "already done"
    SERVER_FAULT = "server fault"
    NEEDS_SUPERVISION = "needs supervision"
    NEEDS_RIGHT = "needs right"
    NOT_SUPPORTED = "not supported"
    LOCKED = "locked"
    USER_DECLINED = "user declined"
    WRONG_STATE = "wrong state"


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """What one code means, in few English words."""

    category: ErrorCategory
    meaning: str


MDM = "MCMDMErrorDomain"
PROFILE = "MCProfileErrorDomain"
INSTALLATION = "MCInstallationErrorDomain"
SCEP = "MCSCEPErrorDomain"
HTTP = "MCHTTPTransactionErrorDomain"
SETTINGS = "MCSettingsErrorDomain"

_TABLE = {
    MDM: """
12000 server fault       access rights of the MDM payload are invalid
12001 wrong state        a second MDM payload
12002 temporary          check-in failed
12004 server fault       push certificate or topic is invalid
12007 needs right        the enrolment lacks the access right
12008 server fault       malformed request
12009 server fault       replacement profile is invalid
12010 temporary          internal error of the device
12011 server fault       MDM configuration is invalid
12012 server fault       replacement profile does not match
12013 permanent          profile was not installed by this server
12015 temporary          no push token yet
12016 permanent          identity certificate is missing
12017 wrong state        no escrow keybag or unlock token
12018 wrong state        no escrow keybag or unlock token
12019 wrong state        no escrow keybag or unlock token
12020 permanent          not authorised by the server
12021 not supported      RequestType unknown on this system
12022 server fault       push topic is invalid
12023 permanent          store identifier could not be validated
12024 permanent          app manifest could not be validated
12025 already done       app is installed
12026 temporary          no licence for the app
12027 permanent          not an app
12028 wrong state        app does not wait for a code
12029 permanent          app is not managed
12030 server fault       bad address
12031 permanent          installing apps is switched off
12032 permanent          app manifest is invalid
12033 permanent          app manifest is invalid
12034 server fault       app manifest is not served over https
12035 permanent          app cannot be purchased
12036 wrong state        app cannot be removed in its present state
12037 permanent          redemption code is invalid
12038 permanent          app is not managed
12040 wrong state        store login is required
12043 temporary          book download failed
12047 temporary          licence assignment not found
12048 already done       no update available
12049 locked             passcode must be cleared first
12063 user declined      person rejected it
12064 temporary          licence not found
12065 permanent          system app
12066 wrong state        lost mode is not available
12067 wrong state        not in lost mode
12068 temporary          location is unknown
12069 temporary          lost mode failed
12070 temporary          people cannot be listed
12071 permanent          no such person on the device
12072 wrong state        person is signed in
12073 wrong state        person has data to sync
12074 temporary          person cannot be deleted
12075 permanent          profile is not installed
12076 not supported      user channels are not supported
12077 wrong state        no system update while a person is signed in
12078 wrong state        not valid in lost mode
12079 permanent          device is not managed
12080 temporary          sound could not be played
12081 wrong state        device is not on a cable
36001 temporary          mobile plan could not be refreshed
36002 temporary          mobile plan could not be refreshed
36003 temporary          mobile plan could not be refreshed
""",
    PROFILE: """
1007  server fault       two payloads have one UUID
1008  server fault       two payloads have one identifier
""",
    INSTALLATION: """
4001  permanent          installation failed
4002  server fault       two payloads have one UUID
4009  locked             device is locked
4010  server fault       identifier does not match
4015  server fault       replacement lacks the MDM payload
4017  wrong state        only one global proxy is possible
4018  wrong state        only one APN payload is possible
4019  wrong state        only one app lock is possible
4020  temporary          no dialogue is possible now
4022  permanent          only a management server may install it
4025  needs supervision  device is not supervised
4028  wrong state        only one home screen layout is possible
4029  wrong state        only one notification payload is possible
4030  not supported      not acceptable on Shared iPad
""",
    SCEP: """
22001 temporary          key could not be generated
22002 server fault       answer of the certificate authority is invalid
22003 server fault       answer of the registration authority is invalid
22005 temporary          network failed during the certificate request
22006 server fault       certificate authority lacks capabilities
22007 server fault       certificate is badly signed
22013 server fault       answer to the certificate request is bad
""",
    HTTP: """
23000 temporary          network failed
23001 temporary          network failed
23002 temporary          network failed
""",
    SETTINGS: """
28000 permanent          setting could not be applied
""",
}


def _rows(domain: str, table: str) -> list[tuple[tuple[str, int], ErrorKind]]:
    return [
        ((domain, int(line[:6])), ErrorKind(ErrorCategory(line[6:24].strip()), line[25:].strip()))
        for line in table.strip().splitlines()
    ]


def _update_states() -> list[tuple[tuple[str, int], ErrorKind]]:
    kind = ErrorKind(ErrorCategory.TEMPORARY, "system update is not possible now")
    return [((MDM, code), kind) for code in range(12050, 12063)]


ERROR_KINDS: Mapping[tuple[str, int], ErrorKind] = dict(
    [row for domain, table in _TABLE.items() for row in _rows(domain, table)] + _update_states()
)

# RequestType → errors that only say: it is so already.
DONE_ALREADY: Mapping[str, frozenset[tuple[str | None, int | None]]] = {
    "InstallApplication": frozenset({(MDM, 12025)}),
    "RemoveProfile": frozenset({(MDM, 12075)}),
    "DisableLostMode": frozenset({(MDM, 12067)}),
    "DeleteUser": frozenset({(MDM, 12071)}),
    "ScheduleOSUpdate": frozenset({(MDM, 12048)}),
}
