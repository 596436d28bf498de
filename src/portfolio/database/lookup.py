"""Finding rows by the codes people know them by."""

from typing import Any, Protocol, TypeVar

from sqlalchemy import func
from sqlmodel import Session, select

from portfolio.database.base import Table
from portfolio.errors import InvalidBody, NotFound, Refused
from portfolio.language import Text

Row = TypeVar("Row", bound=Table)
# What a code can name, as it is written in sentences.
NOUNS = {
    "body": Text("organ", "body"),
    "department": Text("förvaltning", "department"),
    "area_scheme": Text("områdesindelning", "area scheme"),
    "program": Text("program", "program"),
    "investment": Text("investering", "investment"),
    "gate_template": Text("grindmodell", "gate template"),
}
# In Swedish these are "ett".
NEUTER = frozenset({"organ", "program"})


class Coded(Protocol):
    """A table with a code column."""

    code: Any


def find_by_code(
    session: Session, model: type[Row], code: str, *where: Any, lock: bool = False
) -> Row | None:
    """The row with this code, if it is one of `where`; `lock` keeps other writers from it."""
    query = select(model).where(model.code == code, *where)  # type: ignore[attr-defined]  # see Coded
    if lock:
        # SQLite has locked the whole database already, and ignores this.
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(query).one_or_none()


def get_by_code(
    session: Session, model: type[Row], code: str, *where: Any, lock: bool = False
) -> Row:
    row = find_by_code(session, model, code, *where, lock=lock)
    if row is None:
        noun = NOUNS[str(model.__tablename__)]
        raise NotFound(
            f"Det finns {_none_of(noun)} {noun.sv} med koden {code}.",
            f"There is no {noun.en} {code}.",
        )
    return row


def named_in_body(session: Session, model: type[Row], code: str, pointer: str) -> Row:
    """The row that a field of a body names; the refusal points at the field."""
    row = find_by_code(session, model, code)
    if row is None:
        noun = NOUNS[str(model.__tablename__)]
        raise InvalidBody.at(
            pointer,
            f"Det finns {_none_of(noun)} {noun.sv} med koden {code}; lägg upp den först.",
            f"There is no {noun.en} {code}; register it first.",
        )
    return row


def refuse_taken_code(session: Session, model: type[Row], code: str) -> None:
    if find_by_code(session, model, code) is not None:
        noun = NOUNS[str(model.__tablename__)]
        raise Refused(
            f"Koden {code} används redan av {_another(noun)} {noun.sv}; välj en annan.",
            f"The code {code} belongs to another {noun.en}; choose another.",
        )


def _none_of(noun: Text) -> str:
    return "inget" if noun.sv in NEUTER else "ingen"


def _another(noun: Text) -> str:
    return "ett annat" if noun.sv in NEUTER else "en annan"


def count(session: Session, model: type[Row], *where: Any) -> int:
    return session.exec(select(func.count()).select_from(model).where(*where)).one()
