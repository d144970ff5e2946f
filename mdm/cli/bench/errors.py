"""What can go wrong while measuring.

HouseError
└── BenchFailed   the run cannot be believed: a wrong answer, a dead server, no time
"""

from mdm.base.errors import HouseError


class BenchFailed(HouseError):
    """The run cannot be believed, so it gives no figures."""
