"""The items of the Settings command, each with its keys and its own demands.

Not here: the command around them (settings.py), the keys of SharedDeviceConfiguration
(shared_device_configuration.py).
"""

from dataclasses import replace

from profiles.commands.app_attributes import ATTRIBUTES, CONFIGURATION
from profiles.commands.parameters import (
    AtLeastOne,
    Demand,
    Form,
    Kind,
    Parameter,
    Rule,
    bundle_identifier,
    flag,
    mac_only,
    since,
    version,
)
from profiles.commands.shared_device_configuration import (
    GRACE_PERIODS_S,
    SHARED_DEVICE_CONFIGURATION_KEYS,
    SHARED_DEVICE_CONFIGURATION_RULES,
)
from profiles.commands.specification import USER_ONLY
from profiles.commands.vocabulary import AccessRight, SharedIpad

LARGEST_TEXT_SIZE = 11

_ENABLED = flag("Enabled", required=True)
_IPAD = Demand(on_tvos=False, user_enrollment=False)
_NETWORK = replace(_IPAD, access_right=AccessRight.ALLOW_QUERY_NETWORK_INFORMATION)
_SHARED = replace(_IPAD, shared_ipad=SharedIpad.REQUIRED)
_PERSON = replace(_IPAD, supervised=True, channels=USER_ONLY)
_APP = Demand(version("7.0"), version("10.2"), access_right=AccessRight.ALLOW_APP_INSTALLATION)


def _item(
    name: str, demand: Demand, keys: tuple[Parameter, ...], rules: tuple[Rule, ...] = ()
) -> Parameter:
    return Parameter(name, Kind.DICTIONARY, demand=demand, keys=keys, rules=rules)


def _words(key: str, *, required: bool = False) -> Parameter:
    return Parameter(key, Kind.STRING, required, at_least=1 if required else None)


_ORGANIZATION = Parameter(
    "OrganizationInfo",
    Kind.DICTIONARY,
    required=True,
    keys=(
        _words("OrganizationName", required=True),
        Parameter("OrganizationShortName", Kind.STRING, demand=since("13.0")),
        _words("OrganizationAddress"),
        _words("OrganizationPhone"),
        _words("OrganizationEmail"),
        _words("OrganizationMagic"),
    ),
)

_MDM_OPTIONS = Parameter(
    "MDMOptions",
    Kind.DICTIONARY,
    required=True,
    keys=(
        flag("ActivationLockAllowedWhileSupervised"),
        flag("IdleRebootAllowed", demand=since("18.4", on_tvos=False)),
        mac_only("BootstrapTokenAllowed", Kind.BOOLEAN),
        mac_only("PromptUserToAllowBootstrapTokenForAuthentication", Kind.BOOLEAN),
    ),
)

_ACCESSIBILITY = (
    flag("BoldTextEnabled"),
    flag("IncreaseContrastEnabled"),
    flag("ReduceMotionEnabled"),
    flag("ReduceTransparencyEnabled"),
    flag("TouchAccommodationsEnabled"),
    flag("VoiceOverEnabled"),
    flag("ZoomEnabled"),
    Parameter("TextSize", Kind.INTEGER, at_least=0, at_most=LARGEST_TEXT_SIZE),
    mac_only("GrayscaleEnabled", Kind.BOOLEAN),
)

_DEFAULT_APPS = (
    bundle_identifier("WebBrowser"),
    bundle_identifier("Calling", demand=since("26.0", on_tvos=False)),
    bundle_identifier("Messaging", demand=since("26.0", on_tvos=False)),
)

_APP_IDENTIFIER = replace(bundle_identifier(), required=True)

SETTINGS_ITEMS = (
    _item(
        "DeviceName",
        Demand(supervised=True, user_enrollment=False),
        (Parameter("DeviceName", Kind.STRING, required=True, at_least=1, is_personal=True),),
    ),
    _item(
        "Wallpaper",
        replace(_IPAD, since=version("8.0"), supervised=True),
        (
            Parameter("Image", Kind.DATA, required=True, at_least=1),
            # 1: lock screen, 2: home screen, 3: both.
            Parameter("Where", Kind.INTEGER, required=True, choices=(1, 2, 3)),
        ),
    ),
    _item("DataRoaming", _NETWORK, (_ENABLED,)),
    _item("VoiceRoaming", replace(_NETWORK, deprecated_in=version("16.0")), (_ENABLED,)),
    _item("PersonalHotspot", replace(_NETWORK, since=version("7.0")), (_ENABLED,)),
    _item("Bluetooth", replace(_NETWORK, since=version("11.3"), supervised=True), (_ENABLED,)),
    _item("ApplicationConfiguration", _APP, (_APP_IDENTIFIER, CONFIGURATION)),
    _item("ApplicationAttributes", _APP, (_APP_IDENTIFIER, ATTRIBUTES)),
    _item("OrganizationInfo", since("7.0", "9.0"), (_ORGANIZATION,)),
    _item("MDMOptions", replace(_IPAD, since=version("7.0")), (_MDM_OPTIONS,)),
    _item(
        "MaximumResidentUsers",
        replace(_SHARED, since=version("9.3"), deprecated_in=version("13.4")),
        (Parameter("MaximumResidentUsers", Kind.INTEGER, required=True, at_least=1),),
    ),
    _item(
        "SharedDeviceConfiguration",
        replace(_SHARED, since=version("13.4")),
        SHARED_DEVICE_CONFIGURATION_KEYS,
        SHARED_DEVICE_CONFIGURATION_RULES,
    ),
    _item("DiagnosticSubmission", replace(_SHARED, since=version("9.3")), (_ENABLED,)),
    _item("AppAnalytics", replace(_SHARED, since=version("9.3.2")), (_ENABLED,)),
    _item(
        "PasscodeLockGracePeriod",
        replace(_SHARED, since=version("9.3.2"), deprecated_in=version("17.0")),
        (
            Parameter(
                "PasscodeLockGracePeriod", Kind.INTEGER, required=True, choices=GRACE_PERIODS_S
            ),
        ),
    ),
    _item(
        "TimeZone",
        Demand(version("14.0"), version("14.0"), supervised=True, user_enrollment=False),
        (Parameter("TimeZone", Kind.STRING, required=True, form=Form.TIME_ZONE),),
    ),
    _item(
        "SoftwareUpdateSettings",
        replace(_IPAD, since=version("14.5"), supervised=True),
        # 0: offer both, 1: the older, 2: the newer.
        (Parameter("RecommendationCadence", Kind.INTEGER, required=True, choices=(0, 1, 2)),),
    ),
    _item(
        "AccessibilitySettings",
        replace(_PERSON, since=version("16.0")),
        _ACCESSIBILITY,
        (AtLeastOne(tuple(key.key for key in _ACCESSIBILITY if not key.is_mac_only)),),
    ),
    _item(
        "DefaultApplications",
        replace(_PERSON, since=version("18.2")),
        _DEFAULT_APPS,
        (AtLeastOne(tuple(key.key for key in _DEFAULT_APPS)),),
    ),
    mac_only("HostName", Kind.DICTIONARY),
)
