"""Whom a certificate and a channel's key name together: the question of every device request.

Here: the one statement, for the prepared statements of the device path. Not here: what is to be
thought of those whom it does not find (standing.py, enrollment.lifecycle).
"""

from typing import Any

from sqlalchemy import LargeBinary, String, bindparam, literal_column, or_, select

from mdm.rooms.devices.models import Enrollment, IdentityCertificate


def in_good_standing() -> Any:
    """The number of the enrollment that certificate and key name together, in good standing.

    Parameters to be bound: fingerprint, key. A device's certificate speaks for its user channels.
    """
    return (
        select(Enrollment.id)
        .join_from(
            IdentityCertificate,
            Enrollment,
            or_(
                Enrollment.id == IdentityCertificate.enrollment_id,
                Enrollment.parent_id == IdentityCertificate.enrollment_id,
            ),
        )
        .where(
            IdentityCertificate.fingerprint == bindparam("fingerprint", type_=LargeBinary),
            IdentityCertificate.pinned_at.is_not(None),
            IdentityCertificate.revoked_at.is_(None),
            IdentityCertificate.unpinned_at.is_(None),
            Enrollment.key == bindparam("key", type_=String),
            Enrollment.ended_at.is_(None),
            Enrollment.held_reason.is_(None),
            Enrollment.state == literal_column("'enrolled'"),
        )
    )
