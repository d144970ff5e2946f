"""How pages write instants: the age for what is fresh, the date for the rest."""

from datetime import datetime, timedelta

from flask_babel import format_date, format_datetime, gettext, ngettext

_FRESH = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def ago(instant: datetime | None, now: datetime) -> str:
    """Say how long ago something was; the date when it is older than a day."""
    if instant is None:
        return gettext("never")
    age = now - instant
    if age < _FRESH:
        return gettext("just now")
    if age < _HOUR:
        minutes = int(age / _FRESH)
        return ngettext("%(num)d minute ago", "%(num)d minutes ago", minutes)
    if age < _DAY:
        return ngettext("%(num)d hour ago", "%(num)d hours ago", int(age / _HOUR))
    return str(format_date(instant, "medium"))


def moment(instant: datetime | None) -> str:
    """Write an instant in local time; a dash when there is none."""
    return "–" if instant is None else str(format_datetime(instant, "short"))
