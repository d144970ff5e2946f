from __future__ import annotations

import pytest

from mdm.simulator.apns_certificates import StandInCertificates
from tests.mdm.apple.stage import make_certificates


@pytest.fixture(scope="session")
def certificates() -> StandInCertificates:
    return make_certificates()
