"""The education payload: the classes that Classroom shows when this server manages them.

Here: the payload and its references. Next: classes and people (profiles.payloads.class_roster).
Not here: whose iPad shows which class (policies). Classes that Apple School Manager keeps need no
such payload. It holds the names of whole classes: who may read it is to be restricted and logged.

source: Apple, "EducationConfiguration" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.class_roster import Department, Roster
from profiles.payloads.class_roster_keys import roster_keys
from profiles.payloads.stating import require_text, require_uuid, stated

PAYLOAD_TYPE = "com.apple.education"


@dataclass(frozen=True, slots=True)
class ClassroomTrust:
    """Who an iPad is to Classroom, and whom it believes; payloads of the same profile.

    identity_uuid: of this person; the certificate's common name begins with leader or member.
    leader_anchors, member_anchors: the authorities of the other side, the whole chain.
    picture_identity_uuid: for fetching pictures; None: the identity of the management.
    """

    identity_uuid: str | None = None
    leader_anchors: tuple[str, ...] = ()
    member_anchors: tuple[str, ...] = ()
    picture_identity_uuid: str | None = None

    def __post_init__(self) -> None:
        if self.identity_uuid is None and (self.leader_anchors or self.member_anchors):
            raise InvalidPayload(
                "PayloadCertificateUUID", "is missing beside anchors", "give this person's identity"
            )


@dataclass(frozen=True, slots=True)
class Classroom:
    """What one iPad knows about classes.

    organization_uuid: the same on all iPads of teachers and pupils.
    user_identifier: who uses the iPad; None on Shared iPads, where everybody signs in, and only
        there. It must be one of the people of the roster.
    departments: how a Shared iPad groups its classes.
    may_refuse_observation: pupils choose whether their teacher sees the screen; iPadOS 10.3.
    raises: InvalidPayload.
    """

    organization_uuid: str
    organization_name: str
    roster: Roster
    user_identifier: str | None
    trust: ClassroomTrust = ClassroomTrust()
    departments: tuple[Department, ...] = ()
    may_refuse_observation: bool = False

    def __post_init__(self) -> None:
        require_uuid("OrganizationUUID", self.organization_uuid)
        require_text("OrganizationName", self.organization_name)
        people = {person.identifier for person in self.roster.people}
        if self.user_identifier is not None and self.user_identifier not in people:
            raise InvalidPayload("UserIdentifier", "is none of the people", "add the person")
        if self.user_identifier is None:
            self._require_accounts()
        self._require_known_beacons()

    def _require_accounts(self) -> None:
        if any(person.apple_account is None for person in self.roster.people):
            raise InvalidPayload(
                "Users.AppleID", "is missing on a Shared iPad", "give everybody's Apple Account"
            )

    def _require_known_beacons(self) -> None:
        known = {group.beacon_id for group in self.roster.classes}
        if any(not known.issuperset(one.beacon_ids) for one in self.departments):
            raise InvalidPayload(
                "Departments.GroupBeaconIDs", "name a class that is not here", "add the class"
            )


def classroom_payload(
    classroom: Classroom, identifier: str, display_name: str = "Classroom"
) -> Payload:
    """Write classes as a payload; one per iPad.

    raises: InvalidPayload.
    """
    keys = {
        "OrganizationUUID": classroom.organization_uuid,
        "OrganizationName": classroom.organization_name,
        "PayloadCertificateUUID": classroom.trust.identity_uuid,
        "LeaderPayloadCertificateAnchorUUID": classroom.trust.leader_anchors,
        "MemberPayloadCertificateAnchorUUID": classroom.trust.member_anchors,
        "ResourcePayloadCertificateUUID": classroom.trust.picture_identity_uuid,
        "UserIdentifier": classroom.user_identifier,
        "Departments": [
            {"Name": one.name, "GroupBeaconIDs": one.beacon_ids} for one in classroom.departments
        ],
        "ScreenObservationPermissionModificationAllowed": classroom.may_refuse_observation,
    }
    # Classes and people are required even where they are empty.
    content = stated(keys) | roster_keys(classroom.roster)
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, content)
