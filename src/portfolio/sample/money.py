"""The sample municipality's money: each step through the service that the API uses."""

from sqlmodel import Session

from portfolio.access.rules import Caller, Role
from portfolio.accounts.report import ReaderLimits
from portfolio.budget import service as budget
from portfolio.clock import Act
from portfolio.costs.schemas import RateIn
from portfolio.costs.service import add_rates
from portfolio.database.lookup import get_by_code
from portfolio.errors import Refused
from portfolio.gates import standing
from portfolio.gates.consequences import refresh_forecasts
from portfolio.investments.models import Investment
from portfolio.money.indices import add_index
from portfolio.outcome_imports import repository
from portfolio.outcome_imports import service as outcome_imports
from portfolio.outcome_imports.previewing import Order, preview_within
from portfolio.programs.models import Program
from portfolio.sample.content import Content, Money, Proposal
from portfolio.social.service import replace_case
from portfolio.steering import reallocations


def enter_rates(session: Session, act: Act, money: Money) -> None:
    """Internal rates and price indices, which other investments than the sample's follow too."""
    for rate in money.internal_rate:
        add_rates(session, act, **{**rate.model_dump(), "to_year": _years(rate)[-1]})
    for index in money.price_index:
        add_index(session, act, index.model_dump())
    refresh_forecasts(session, act.at)
    standing.refresh_levelled(session)


def _years(rate: RateIn) -> range:
    return range(rate.year, (rate.year if rate.to_year is None else rate.to_year) + 1)


def steer(session: Session, act: Act, program: Program, content: Content) -> None:
    """Grant and share out the money, book the accounts, and propose to move some of it."""
    for frame in content.money.frame:
        budget.register_frame(session, act, frame.model_dump())
    for allocation in content.money.allocation:
        budget.allocate(session, act, allocation.model_dump())
    _book(session, act, content)
    for proposal in content.money.proposal:
        _propose(session, act, program, proposal)
    for one in content.money.social_case:
        investment = get_by_code(session, Investment, one.investment)
        replace_case(session, act, investment, one.case.model_dump(mode="json"))


def _book(session: Session, act: Act, content: Content) -> None:
    """Preview the year's file and apply it.

    Raises:
        Refused: The year of that ledger is booked already; the file would replace it.
    """
    accounts, file = content.money.accounts, content.ledger_file
    if repository.find_applied(session, accounts.ledger, accounts.year):
        raise Refused(
            f"Redovisningen {accounts.ledger} för {accounts.year} är redan inläst; ladda "
            "exempelkommunen i en tom databas, som PORTFOLIO_DATABASE_URL pekar ut.",
            f"The ledger {accounts.ledger} of {accounts.year} is imported already; load the "
            "sample municipality into an empty database, which PORTFOLIO_DATABASE_URL names.",
        )
    order = Order(ledger=accounts.ledger)
    with file.open("rb") as opened:
        previewed = preview_within(session, order, opened, file.name, ReaderLimits())
    row = outcome_imports.create_import(session, act, previewed)
    outcome_imports.apply_import(session, act, row)


def _propose(session: Session, act: Act, program: Program, proposal: Proposal) -> None:
    caller = Caller(actor=act.actor, role=Role.ADMIN)
    matter = reallocations.propose(session, act, program, proposal.reallocation.model_dump())
    for consent in proposal.consent:
        given = consent.model_dump()
        matter = reallocations.consent(session, act, caller, program, matter, given)


def counts(content: Content) -> dict[str, int]:
    """How many of each thing about money there are."""
    money = content.money
    visits = [visit for history in content.histories for visit in history.visits]
    built = {
        (history.investment.code, component.name)
        for history in content.histories
        for visit in history.visits
        for component in visit.component
    }
    return {
        "internal rates": sum(
            (rate.to_year or rate.year) - rate.year + 1 for rate in money.internal_rate
        ),
        "price indices": len(money.price_index),
        "components": len(built),
        "consequence lines": sum(len(visit.consequence_line) for visit in visits),
        "frames": len(money.frame),
        "allocations": len(money.allocation),
        "reallocations": len(money.proposal),
        "outcome imports": 1,
        "social cases": len(money.social_case),
    }
