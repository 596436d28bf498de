"""The objects of the accounts that are an investment's (M3), each of one investment at a time."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from portfolio.accounts.models import AccountingObject
from portfolio.accounts.repository import Booked, outcome_sums
from portfolio.accounts.rules import Type
from portfolio.errors import FieldError, InvalidBody
from portfolio.investments.models import Investment
from portfolio.language import Text

FIELDS = ("ledger", "dimension", "object")


def find_objects(session: Session, investment: Investment) -> list[AccountingObject]:
    query = select(AccountingObject).where(
        AccountingObject.investment_id == investment.id,
        col(AccountingObject.retracted_at).is_(None),
    )
    return list(session.exec(query))


def name_objects(session: Session, investment: Investment, at: datetime) -> None:
    """Keep the objects that the investment names as its own, from now on.

    Raises:
        InvalidBody: Another investment has one of them, or one is named twice; what is booked
            there would be counted twice.
    """
    named = [tuple(entry[name] for name in FIELDS) for entry in investment.accounting_objects]
    _refuse_taken(session, investment, named)
    former = {
        (row.ledger, row.dimension, row.object): row for row in find_objects(session, investment)
    }
    for key, row in former.items():
        if key not in named:
            row.retracted_at = at
            session.add(row)
    session.flush()
    for ledger, dimension, object in named:
        if (ledger, dimension, object) not in former:
            session.add(
                AccountingObject(
                    investment_id=investment.id or 0,
                    ledger=ledger,
                    dimension=dimension,
                    object=object,
                    recorded_at=at,
                )
            )
    session.flush()
    refresh_outcome(session, [investment])


def refresh_outcome(session: Session, investments: Collection[Investment]) -> None:
    """Write what is booked on their objects onto the investments' rows."""
    sums = outcome_sums(session, Booked(), [investment.id or 0 for investment in investments])
    for investment in investments:
        found = sums.get(investment.id or 0, {})
        investment.outcome_capital = found.get(Type.CAPITAL, 0)
        investment.outcome_operating = found.get(Type.OPERATING, 0)
        session.add(investment)
    session.flush()


def retract_objects(session: Session, investment: Investment, at: datetime) -> None:
    for row in find_objects(session, investment):
        row.retracted_at = at
        session.add(row)
    session.flush()


def _refuse_taken(session: Session, investment: Investment, named: list[tuple[str, ...]]) -> None:
    errors = []
    for index, (ledger, dimension, object) in enumerate(named):
        query = select(Investment.code).join(
            AccountingObject, col(AccountingObject.investment_id) == col(Investment.id)
        )
        owner = session.exec(
            query.where(
                AccountingObject.ledger == ledger,
                AccountingObject.dimension == dimension,
                AccountingObject.object == object,
                col(AccountingObject.retracted_at).is_(None),
                col(Investment.id) != investment.id,
            )
        ).first()
        pointer = f"/accounting_objects/{index}"
        if owner is not None:
            detail = Text(
                f"Objektet hör redan till {owner}; ta bort det där först.",
                f"The object is {owner}'s already; remove it there first.",
            )
            errors.append(FieldError(pointer, detail))
        elif (ledger, dimension, object) in named[:index]:
            detail = Text("Objektet nämns två gånger.", "The object is named twice.")
            errors.append(FieldError(pointer, detail))
    if errors:
        raise InvalidBody(
            "Ett objekt i redovisningen hör till en investering i taget.",
            "An object of the accounts belongs to one investment at a time.",
            errors,
        )
