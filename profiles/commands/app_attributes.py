"""The attributes and the configuration that an app is installed with or given later.

Shared by InstallApplication (apps.py) and two items of Settings (settings_items.py).
"""

from profiles.commands.parameters import Kind, Parameter, flag, since


def _name(key: str, ios: str | None = None) -> Parameter:
    return Parameter(key, Kind.STRING, demand=since(ios, on_tvos=False), at_least=1)


ATTRIBUTES = Parameter(
    "Attributes",
    Kind.DICTIONARY,
    keys=(
        _name("VPNUUID"),
        _name("ContentFilterUUID", "16.0"),
        _name("DNSProxyUUID", "16.0"),
        _name("RelayUUID", "17.0"),
        # Apple calls it a UUID; it holds a data network name or an app category.
        _name("CellularSliceUUID", "17.0"),
        Parameter(
            "AssociatedDomains",
            Kind.ARRAY,
            demand=since("13.0", on_tvos=False),
            item=Parameter("", Kind.STRING, at_least=1),
        ),
        flag("AssociatedDomainsEnableDirectDownloads", demand=since("14.0", on_tvos=False)),
        flag("Removable", demand=since("14.0")),
        flag("TapToPayScreenLock", demand=since("16.4", on_tvos=False)),
        flag("Hideable", demand=since("18.1", on_tvos=False)),
        flag("Lockable", demand=since("18.1", on_tvos=False)),
    ),
)

CONFIGURATION = Parameter("Configuration", Kind.DICTIONARY, is_open=True, is_secret=True)
