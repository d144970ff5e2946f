"""Asking for any number of iPads in one statement, as the iPads of a plan may be a whole city.

Here: the numbers as one value that the database unfolds. An IN with a place for each of them
must be cut into pieces, and takes ten times as long to write as to answer.
"""

import json
from collections.abc import Collection

from sqlalchemy import ARRAY, BigInteger, ColumnElement, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from mdm.base.db import Tx


def among(
    tx: Tx, column: InstrumentedAttribute[int], numbers: Collection[int]
) -> ColumnElement[bool]:
    """Whether a column holds one of these numbers."""
    if tx.get_bind().dialect.name == "sqlite":
        unfolded = func.json_each(json.dumps(list(numbers))).table_valued("value")
        return column.in_(select(unfolded.c.value))
    number = func.unnest(literal(list(numbers), ARRAY(BigInteger))).column_valued("number")
    return column.in_(select(number))
