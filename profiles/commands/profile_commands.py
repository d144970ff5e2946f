"""Configuration profiles and provisioning profiles: list, install, remove.

Not here: what is inside a profile (profiles.configuration_profile, profiles.payloads).
"""

from profiles.commands.parameters import Form, Kind, Parameter, flag, since, version
from profiles.commands.specification import BOTH_CHANNELS, CommandSpec
from profiles.commands.vocabulary import AccessRight, AnswerKind, Danger, Idempotency, Proof

PROFILE_LIST = CommandSpec(
    "ProfileList",
    version("4.0"),
    version("9.0"),
    parameters=(flag("ManagedOnly", demand=since("13.0")),),
    access_right=AccessRight.ALLOW_INSPECTION,
    channels=BOTH_CHANNELS,
    never_not_now=True,
    answer=AnswerKind.PROFILES,
    allowed_in_lost_mode=True,
    allowed_awaiting_configuration=True,
)

INSTALL_PROFILE = CommandSpec(
    "InstallProfile",
    version("4.0"),
    version("9.0"),
    parameters=(Parameter("Payload", Kind.DATA, required=True, at_least=1, is_secret=True),),
    access_right=AccessRight.ALLOW_INSTALLATION_REMOVAL,
    channels=BOTH_CHANNELS,
    proof=Proof.BY_PROFILE_LIST,
    allowed_awaiting_configuration=True,
)

REMOVE_PROFILE = CommandSpec(
    "RemoveProfile",
    version("4.0"),
    version("9.0"),
    parameters=(Parameter("Identifier", Kind.STRING, required=True, at_least=1),),
    access_right=AccessRight.ALLOW_INSTALLATION_REMOVAL,
    channels=BOTH_CHANNELS,
    idempotent=Idempotency.MOSTLY,
    proof=Proof.BY_PROFILE_LIST,
    allowed_awaiting_configuration=True,
)

PROVISIONING_PROFILE_LIST = CommandSpec(
    "ProvisioningProfileList",
    version("4.0"),
    version("10.2"),
    parameters=(flag("ManagedOnly", demand=since("13.0")),),
    access_right=AccessRight.ALLOW_PROVISIONING_INSPECTION,
    never_not_now=True,
    answer=AnswerKind.PROVISIONING_PROFILES,
    allowed_in_lost_mode=True,
    allowed_awaiting_configuration=True,
)

INSTALL_PROVISIONING_PROFILE = CommandSpec(
    "InstallProvisioningProfile",
    version("4.0"),
    version("10.2"),
    parameters=(Parameter("ProvisioningProfile", Kind.DATA, required=True, at_least=1),),
    access_right=AccessRight.ALLOW_PROVISIONING_INSTALLATION_REMOVAL,
    proof=Proof.BY_PROVISIONING_PROFILE_LIST,
    allowed_awaiting_configuration=True,
)

REMOVE_PROVISIONING_PROFILE = CommandSpec(
    "RemoveProvisioningProfile",
    version("4.0"),
    version("10.2"),
    parameters=(Parameter("UUID", Kind.STRING, required=True, form=Form.UUID),),
    access_right=AccessRight.ALLOW_PROVISIONING_INSTALLATION_REMOVAL,
    danger=Danger.DISRUPTIVE,
    danger_reason="The organisation's own apps stop opening without their profile.",
    proof=Proof.BY_PROVISIONING_PROFILE_LIST,
    allowed_awaiting_configuration=True,
)

PROFILE_COMMANDS = (
    PROFILE_LIST,
    INSTALL_PROFILE,
    REMOVE_PROFILE,
    PROVISIONING_PROFILE_LIST,
    INSTALL_PROVISIONING_PROFILE,
    REMOVE_PROVISIONING_PROFILE,
)
