"""Questions about the device itself, its certificates and its restrictions.

Here: DeviceInformation, SecurityInfo, CertificateList, Restrictions.
Not here: the names that DeviceInformation may ask for (device_queries.py), lists of apps,
books and profiles (with their families), reading the answers (answers/).
"""

from profiles.commands.device_queries import MAC_ONLY_QUERIES, QUERY_NAMES
from profiles.commands.parameters import Kind, Parameter, flag, since, version
from profiles.commands.specification import BOTH_CHANNELS, CommandSpec
from profiles.commands.vocabulary import AccessRight, AnswerKind

LONGEST_NONCE = 32

DEVICE_INFORMATION = CommandSpec(
    "DeviceInformation",
    version("4.0"),
    version("9.0"),
    parameters=(
        Parameter(
            "Queries",
            Kind.ARRAY,
            required=True,
            at_least=1,
            item=Parameter("", Kind.STRING, choices=QUERY_NAMES, mac_only_choices=MAC_ONLY_QUERIES),
        ),
        Parameter(
            "DeviceAttestationNonce",
            Kind.DATA,
            demand=since("16.0"),
            at_least=1,
            at_most=LONGEST_NONCE,
        ),
    ),
    channels=BOTH_CHANNELS,
    never_not_now=True,
    answer=AnswerKind.DEVICE_INFORMATION,
    allowed_in_lost_mode=True,
    allowed_awaiting_configuration=True,
)

SECURITY_INFO = CommandSpec(
    "SecurityInfo",
    version("4.0"),
    version("9.0"),
    access_right=AccessRight.ALLOW_QUERY_SECURITY,
    answer=AnswerKind.SECURITY_INFO,
    allowed_in_lost_mode=True,
    allowed_awaiting_configuration=True,
)

CERTIFICATE_LIST = CommandSpec(
    "CertificateList",
    version("4.0"),
    version("9.0"),
    parameters=(flag("ManagedOnly", demand=since("13.0")),),
    access_right=AccessRight.ALLOW_INSPECTION,
    answer=AnswerKind.CERTIFICATES,
    allowed_awaiting_configuration=True,
)

RESTRICTIONS = CommandSpec(
    "Restrictions",
    version("4.0"),
    version("9.0"),
    parameters=(flag("ProfileRestrictions"),),
    access_right=AccessRight.ALLOW_QUERY_RESTRICTIONS,
    channels=BOTH_CHANNELS,
    user_enrollment=False,
    never_not_now=True,
    answer=AnswerKind.RESTRICTIONS,
    allowed_awaiting_configuration=True,
)

QUERIES = (DEVICE_INFORMATION, SECURITY_INFO, CERTIFICATE_LIST, RESTRICTIONS)
