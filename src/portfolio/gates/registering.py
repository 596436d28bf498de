"""What a department's or a board's key may register of a decision, and may replace."""

from sqlmodel import Session

from portfolio.access.rules import Caller, Role
from portfolio.database.lookup import get_by_code
from portfolio.errors import Forbidden
from portfolio.gates import repository
from portfolio.gates.models import GateDecision
from portfolio.gates.situations import Proposal, Situation
from portfolio.gates.who_decides import is_partial_here
from portfolio.investments.models import Investment
from portfolio.organisation.models import Body
from portfolio.organisation.rules import Level


def require_own_matter(caller: Caller, situation: Situation, proposal: Proposal) -> None:
    """A department registers only what its committee or delegates decide (S2)."""
    if caller.role is not Role.DEPARTMENT:
        return
    delegated = proposal.body.level is Level.OFFICIAL and proposal.has_delegation
    own = proposal.body.code == situation.committee.code or delegated
    if not (own and is_partial_here(situation)):
        raise Forbidden(
            "En förvaltning registrerar bara det som dess nämnd eller delegater beslutar under "
            "partiell styrning, från genomförandet.",
            "A department registers only what its committee or delegates decide under partial "
            "steering, from implementation on.",
        )


def require_own_to_replace(
    session: Session,
    caller: Caller,
    investment: Investment,
    supersedes: int | None,
    situation: Situation,
    proposal: Proposal,
) -> None:
    """Nobody undoes by a new decision what they could not have registered (G10).

    A higher body may take over from a lower one, whose decisions its key does not register.
    """
    found = repository.find_decisions(session, investment.id or 0) if supersedes else []
    former = next((one for one in found if one.id == supersedes), None)
    if former is None:
        # A decision that is not there is refused by G10, with its reason.
        return
    level = Level(get_by_code(session, Body, former.decided_by).level)
    if caller.role is Role.DEPARTMENT:
        is_own = _is_of_department(former, level, situation)
    else:
        is_higher = proposal.body.level.rank > level.rank
        is_own = caller.registers_for(former.decided_by) or is_higher
    if not is_own:
        raise Forbidden(
            f"Beslut {former.id} fattades av {former.decided_by}; nyckeln registrerar inte dess "
            "beslut och kan inte ersätta dem.",
            f"Decision {former.id} was made by {former.decided_by}; the key does not register its "
            "decisions and can't supersede them.",
        )


def _is_of_department(former: GateDecision, level: Level, situation: Situation) -> bool:
    delegated = level is Level.OFFICIAL and former.delegation is not None
    return former.decided_by == situation.committee.code or delegated
