"""What every table shares."""

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import MetaData
from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """Base of all tables. Tables do not validate: input passes a schema first."""

    metadata = MetaData(naming_convention=NAMING)


def listed(column: str, values: type[StrEnum]) -> str:
    """The text of a check constraint: `column` holds one of `values`."""
    names = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({names})"


def table(model: type[SQLModel]) -> sa.Table:
    """The table of a model, for queries that are read often: rows come as plain tuples."""
    found: sa.Table = model.__table__  # type: ignore[attr-defined]  # SQLModel makes it
    return found


def raw(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A JSON column as the text it is kept as, under its own name."""
    return sa.type_coerce(column, sa.Text).label(getattr(column, "name", None))
