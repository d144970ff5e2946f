"""The keys of the Settings item SharedDeviceConfiguration: how a Shared iPad keeps its people."""

from profiles.commands.parameters import AtMostOne, Kind, Parameter, flag, since

# Seconds; the device rounds other values down.
GRACE_PERIODS_S = (0, 60, 300, 900, 3600, 14400)
SHORTEST_TIMEOUT_S = 30
SHORTEST_AUTO_LOCK_S = 120


def _timeout(key: str) -> Parameter:
    return Parameter(
        key, Kind.INTEGER, demand=since("14.5"), at_least=SHORTEST_TIMEOUT_S, or_zero=True
    )


_PASSCODE_POLICY = Parameter(
    "PasscodePolicy",
    Kind.DICTIONARY,
    demand=since("17.0"),
    keys=(
        Parameter("PasscodeLockGracePeriod", Kind.INTEGER, choices=GRACE_PERIODS_S),
        Parameter("AutoLockTime", Kind.INTEGER, at_least=SHORTEST_AUTO_LOCK_S),
    ),
)

SHARED_DEVICE_CONFIGURATION_KEYS = (
    Parameter("QuotaSize", Kind.INTEGER, at_least=1),
    Parameter("ResidentUsers", Kind.INTEGER, at_least=1),
    _timeout("UserSessionTimeout"),
    _timeout("TemporarySessionTimeout"),
    flag("TemporarySessionOnly", demand=since("14.5")),
    Parameter(
        "ManagedAppleIDDefaultDomains",
        Kind.ARRAY,
        demand=since("16.0"),
        item=Parameter("", Kind.STRING, at_least=1),
    ),
    # Days; 0 asks Apple at every sign-in.
    Parameter("OnlineAuthenticationGracePeriod", Kind.INTEGER, demand=since("16.0"), at_least=0),
    flag("SkipLanguageAndLocaleSetupForNewUsers", demand=since("16.2")),
    Parameter(
        "AwaitUserConfiguration",
        Kind.DICTIONARY,
        demand=since("17.0"),
        keys=(flag("Enabled", required=True),),
    ),
    _PASSCODE_POLICY,
)
SHARED_DEVICE_CONFIGURATION_RULES = (AtMostOne(("QuotaSize", "ResidentUsers")),)
