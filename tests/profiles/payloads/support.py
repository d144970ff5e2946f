"""What tests of payloads share: identifiers, filling, and catching a refusal."""

from collections.abc import Callable
from typing import Any

import pytest

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.variables import DeviceVariables, fill

IDENTIFIER = "de.beispielstadt.einstellung"
UUID = "11111111-2222-5333-8444-555555555555"
OTHER_UUID = "AAAAAAAA-BBBB-5CCC-8DDD-EEEEEEEEEEEE"
APP = "de.beispielstadt.app"
NOBODY = DeviceVariables()
A_DEVICE = DeviceVariables(
    serial="DMPTEST00001",
    udid="00008110-000000000000001E",
    device_name="iPad 9b-07",
    school="Beispielschule Nord",
    school_number="100001",
    class_name="9b",
)


def content_of(payload: Payload, variables: DeviceVariables = NOBODY) -> dict[str, Any]:
    """The content as it reaches a device."""
    filled: dict[str, Any] = fill(payload.content, variables)
    return filled


def refused(make: Callable[[], object]) -> InvalidPayload:
    """The refusal of what `make` does; each one tells what to do next."""
    with pytest.raises(InvalidPayload) as error:
        make()
    assert error.value.next_step
    return error.value
