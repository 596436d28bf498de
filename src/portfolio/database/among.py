"""Asking for any of many texts with one bound value, however many there are."""

from collections.abc import Iterable
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Session


def among(
    session: Session, column: sa.ColumnElement[Any], texts: Iterable[str]
) -> sa.ColumnElement[bool]:
    """Rows whose column is one of the texts.

    An engine takes some ten thousand bound values in a query; a municipality may have more areas.
    """
    given = sa.literal(orjson.dumps(list(texts)).decode(), sa.Text)
    if session.get_bind().dialect.name == "postgresql":
        listed = sa.func.jsonb_array_elements_text(sa.cast(given, JSONB)).table_valued("value")
    else:
        listed = sa.func.json_each(given).table_valued("value")
    return column.in_(sa.select(listed.c.value))
