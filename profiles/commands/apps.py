"""Apps: install, remove, list, and what managed apps are told and tell back.

Not here: their attributes (app_attributes.py), changing those later (settings_items.py),
licences (Apple's Apps and Books service is no command).
"""

from dataclasses import replace

from profiles.commands.app_attributes import ATTRIBUTES, CONFIGURATION
from profiles.commands.parameters import (
    Demand,
    ExactlyOne,
    Form,
    Kind,
    Parameter,
    bundle_identifier,
    flag,
    identifiers,
    mac_only,
    since,
    version,
)
from profiles.commands.specification import USER_ONLY, CommandSpec
from profiles.commands.vocabulary import (
    AccessRight,
    AnswerKind,
    Danger,
    Idempotency,
    Proof,
    SharedIpad,
)

_FROM_7 = since("7.0")

LIST_ITEMS = (
    "AdHocCodeSigned",
    "AppStoreVendable",
    "BetaApp",
    "BundleSize",
    "DeviceBasedVPP",
    "DistributorIdentifier",
    "DynamicSize",
    "ExternalVersionIdentifier",
    "HasUpdateAvailable",
    "Identifier",
    "Installing",
    "IsAppClip",
    "IsValidated",
    "Name",
    "ShortVersion",
    "Version",
)

INSTALLED_APPLICATION_LIST = CommandSpec(
    "InstalledApplicationList",
    version("5.0"),
    version("10.2"),
    parameters=(
        identifiers(demand=_FROM_7),
        flag("ManagedAppsOnly", demand=_FROM_7),
        Parameter(
            "Items",
            Kind.ARRAY,
            demand=since("14.0"),
            item=Parameter("", Kind.STRING, choices=LIST_ITEMS),
        ),
    ),
    access_right=AccessRight.ALLOW_QUERY_APPLICATIONS,
    never_not_now=True,
    answer=AnswerKind.INSTALLED_APPS,
    allowed_in_lost_mode=True,
    allowed_awaiting_configuration=True,
)

MANAGED_APPLICATION_LIST = CommandSpec(
    "ManagedApplicationList",
    version("5.0"),
    version("10.2"),
    parameters=(identifiers(demand=_FROM_7),),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    # A state such as Failed is told once and then forgotten by the device.
    idempotent=Idempotency.MOSTLY,
    answer=AnswerKind.MANAGED_APPS,
    allowed_in_lost_mode=True,
    allowed_awaiting_configuration=True,
)

MANAGED_APPLICATION_ATTRIBUTES = CommandSpec(
    "ManagedApplicationAttributes",
    version("7.0"),
    version("10.2"),
    parameters=(identifiers(required=True),),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    answer=AnswerKind.APP_ATTRIBUTES,
    allowed_awaiting_configuration=True,
)

MANAGED_APPLICATION_CONFIGURATION = CommandSpec(
    "ManagedApplicationConfiguration",
    version("7.0"),
    version("10.2"),
    parameters=(identifiers(required=True),),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    answer=AnswerKind.APP_CONFIGURATIONS,
    is_secret_answer=True,
    allowed_awaiting_configuration=True,
)

MANAGED_APPLICATION_FEEDBACK = CommandSpec(
    "ManagedApplicationFeedback",
    version("7.0"),
    version("10.2"),
    parameters=(identifiers(required=True), flag("DeleteFeedback")),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    answer=AnswerKind.APP_FEEDBACK,
    allowed_awaiting_configuration=True,
)

INSTALL_APPLICATION = CommandSpec(
    "InstallApplication",
    version("5.0"),
    version("10.2"),
    parameters=(
        Parameter("iTunesStoreID", Kind.INTEGER, at_least=1),
        bundle_identifier(demand=_FROM_7),
        Parameter("ManifestURL", Kind.STRING, demand=_FROM_7, form=Form.HTTPS_URL),
        Parameter(
            "Options",
            Kind.DICTIONARY,
            demand=_FROM_7,
            keys=(Parameter("PurchaseMethod", Kind.INTEGER, choices=(0, 1)),),
        ),
        Parameter("ManagementFlags", Kind.INTEGER, choices=(1, 4, 5)),
        replace(CONFIGURATION, demand=_FROM_7),
        replace(ATTRIBUTES, demand=_FROM_7),
        Parameter(
            "ChangeManagementState",
            Kind.STRING,
            demand=Demand(version("9.0"), user_enrollment=False),
            choices=("Managed",),
        ),
        mac_only("InstallAsManaged", Kind.BOOLEAN),
        mac_only("iOSApp", Kind.BOOLEAN),
    ),
    rules=(ExactlyOne(("iTunesStoreID", "Identifier", "ManifestURL")),),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    idempotent=Idempotency.MOSTLY,
    answer=AnswerKind.APP_INSTALLATION,
    proof=Proof.BY_APP_LIST,
    allowed_awaiting_configuration=True,
)

REMOVE_APPLICATION = CommandSpec(
    "RemoveApplication",
    version("5.0"),
    version("10.2"),
    parameters=(replace(bundle_identifier(), required=True),),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    idempotent=Idempotency.MOSTLY,
    danger=Danger.DESTRUCTIVE,
    danger_reason="The app's data on the device is lost.",
    proof=Proof.BY_APP_LIST,
)

APPLY_REDEMPTION_CODE = CommandSpec(
    "ApplyRedemptionCode",
    version("5.0"),
    None,
    parameters=(
        replace(bundle_identifier(), required=True),
        Parameter("RedemptionCode", Kind.STRING, required=True, at_least=1, is_secret=True),
    ),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    user_enrollment=False,
    shared_ipad=SharedIpad.FORBIDDEN,
    idempotent=Idempotency.NO,
    danger=Danger.DISRUPTIVE,
    danger_reason="A purchased code is used up.",
    proof=Proof.BY_APP_LIST,
)

VALIDATE_APPLICATIONS = CommandSpec(
    "ValidateApplications",
    version("9.2"),
    version("10.2"),
    parameters=(identifiers(),),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
)

INVITE_TO_PROGRAM = CommandSpec(
    "InviteToProgram",
    version("7.0"),
    None,
    parameters=(
        Parameter("ProgramID", Kind.STRING, required=True, choices=("com.apple.cloudvpp",)),
        Parameter("InvitationURL", Kind.STRING, required=True, form=Form.HTTPS_URL, is_secret=True),
    ),
    access_right=AccessRight.ALLOW_APP_INSTALLATION,
    channels=USER_ONLY,
    user_enrollment=False,
    idempotent=Idempotency.MOSTLY,
    answer=AnswerKind.PROGRAM_INVITATION,
)

APPS = (
    INSTALLED_APPLICATION_LIST,
    MANAGED_APPLICATION_LIST,
    MANAGED_APPLICATION_ATTRIBUTES,
    MANAGED_APPLICATION_CONFIGURATION,
    MANAGED_APPLICATION_FEEDBACK,
    INSTALL_APPLICATION,
    REMOVE_APPLICATION,
    APPLY_REDEMPTION_CODE,
    VALIDATE_APPLICATIONS,
    INVITE_TO_PROGRAM,
)
