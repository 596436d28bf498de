"""What every table shares."""

from enum import StrEnum
from typing import Any

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


def columns(row: SQLModel) -> dict[str, Any]:
    """The row's columns and values, for copying into a history table."""
    return {name: getattr(row, name) for name in type(row).model_fields}
