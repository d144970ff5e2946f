"""Reading people: their names, where a page tells who acted."""

from collections.abc import Collection

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.access.models import Person


def display_names(tx: Tx, person_ids: Collection[int]) -> dict[int, str]:
    """Name these people; a number that is nobody's is not among them."""
    query = select(Person.id, Person.display_name).where(Person.id.in_(person_ids))
    return {row.id: row.display_name for row in tx.execute(query)}
