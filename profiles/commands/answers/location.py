"""The answer to DeviceLocation: where a device in lost mode is."""

from dataclasses import dataclass
from datetime import datetime

from profiles.commands.answers.fields import Fields, Values
from profiles.errors import MalformedMessage

_LARGEST_LATITUDE = 90.0
_LARGEST_LONGITUDE = 180.0


@dataclass(frozen=True, slots=True, repr=False)
class DeviceLocation:
    """Degrees, metres, metres per second; None: unknown.

    measured_at: aware; None if the device gave no readable time. No `repr`: it tells where a
    person is.
    """

    latitude: float
    longitude: float
    horizontal_accuracy_m: float | None
    vertical_accuracy_m: float | None
    altitude_m: float | None
    speed_m_s: float | None
    course_degrees: float | None
    measured_at: datetime | None


def read_location(body: Values) -> DeviceLocation:
    """Read where the device is.

    raises: MalformedMessage, if Latitude or Longitude is missing or outside the globe.
    """
    fields = Fields(body)
    return DeviceLocation(
        latitude=_degrees(fields, "Latitude", _LARGEST_LATITUDE),
        longitude=_degrees(fields, "Longitude", _LARGEST_LONGITUDE),
        horizontal_accuracy_m=_known(fields.real("HorizontalAccuracy")),
        vertical_accuracy_m=_known(fields.real("VerticalAccuracy")),
        # Below sea level is a height, so a negative altitude is none of the unknown ones.
        altitude_m=fields.real("Altitude"),
        speed_m_s=_known(fields.real("Speed")),
        course_degrees=_known(fields.real("Course")),
        measured_at=_moment(fields),
    )


def _degrees(fields: Fields, key: str, largest: float) -> float:
    value = fields.real(key)
    if value is None or abs(value) > largest:
        raise MalformedMessage(key, "missing or outside the globe")
    return value


def _known(value: float | None) -> float | None:
    return None if value is None or value < 0 else value


def _moment(fields: Fields) -> datetime | None:
    """Read RFC 3339 text, or a date as some systems send it."""
    value = fields.values.get("Timestamp")
    if isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
