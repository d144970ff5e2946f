"""Updates of the operating system by command: deprecated in 26, gone in 27.

Newer devices update by declaration (profiles.declarations).
"""

from profiles.commands.parameters import AtLeastOne, Kind, Parameter, mac_only, since, version
from profiles.commands.specification import CommandSpec
from profiles.commands.vocabulary import AccessRight, AnswerKind, Idempotency, Proof

INSTALL_ASAP = "InstallASAP"
INSTALL_ACTIONS = ("Default", "DownloadOnly", INSTALL_ASAP)
_MAC_ACTIONS = ("NotifyOnly", "InstallLater", "InstallForceRestart")

_DEPRECATED = version("26.0")
_REMOVED = version("27.0")

AVAILABLE_OS_UPDATES = CommandSpec(
    "AvailableOSUpdates",
    version("9.0"),
    version("12.0"),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    supervised=True,
    user_enrollment=False,
    deprecated_in=_DEPRECATED,
    removed_in=_REMOVED,
    answer=AnswerKind.AVAILABLE_UPDATES,
    allowed_awaiting_configuration=True,
)

SCHEDULE_OS_UPDATE = CommandSpec(
    "ScheduleOSUpdate",
    version("9.0"),
    version("12.0"),
    parameters=(
        Parameter(
            "Updates",
            Kind.ARRAY,
            required=True,
            at_least=1,
            item=Parameter(
                "",
                Kind.DICTIONARY,
                keys=(
                    Parameter("ProductKey", Kind.STRING, at_least=1),
                    Parameter(
                        "ProductVersion", Kind.STRING, demand=since("11.3", "12.2"), at_least=1
                    ),
                    Parameter(
                        "InstallAction",
                        Kind.STRING,
                        required=True,
                        choices=INSTALL_ACTIONS,
                        mac_only_choices=_MAC_ACTIONS,
                    ),
                    mac_only("MaxUserDeferrals", Kind.INTEGER),
                    mac_only("Priority", Kind.STRING),
                ),
                rules=(AtLeastOne(("ProductKey", "ProductVersion")),),
            ),
        ),
    ),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    supervised=True,
    user_enrollment=False,
    deprecated_in=_DEPRECATED,
    removed_in=_REMOVED,
    idempotent=Idempotency.MOSTLY,
    answer=AnswerKind.UPDATE_RESULTS,
    proof=Proof.BY_OS_VERSION,
)

OS_UPDATE_STATUS = CommandSpec(
    "OSUpdateStatus",
    version("9.0"),
    version("12.0"),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    supervised=True,
    user_enrollment=False,
    deprecated_in=_DEPRECATED,
    removed_in=_REMOVED,
    answer=AnswerKind.UPDATE_STATUS,
    allowed_awaiting_configuration=True,
)

SOFTWARE_UPDATE = (AVAILABLE_OS_UPDATES, SCHEDULE_OS_UPDATE, OS_UPDATE_STATUS)
