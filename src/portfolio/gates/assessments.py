"""Writing, submitting and showing assessments; recommendations of the program group."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from portfolio.amounts import format_amount
from portfolio.clock import Act, rfc3339
from portfolio.errors import (
    AssessmentIncomplete,
    AssessmentLocked,
    InvestmentClosed,
    Reason,
    Refused,
)
from portfolio.events.service import record
from portfolio.gates import assessing, consequences, repository, standing
from portfolio.gates.models import Assessment, Recommendation
from portfolio.gates.rules import ON_A_ROUND, Outcome
from portfolio.gates.standing import Standing
from portfolio.gates.wording import STATUSES, gate_called, within
from portfolio.investments.models import Investment
from portfolio.investments.service import resource
from portfolio.investments.snapshots import location_snapshot
from portfolio.language import Text
from portfolio.money.indices import frozen_values, values_by_year
from portfolio.money.repository import amounts, find_forecast
from portfolio.money.rules import totals
from portfolio.money.service import shown_line

WITHOUT_GATE = Reason(
    "G1", Text("Utan program finns ingen grind.", "Without a program there is no gate.")
)
NOTHING_MORE = Reason("G9", Text("Inget mer beslutas här.", "Nothing more is decided here."))


def shown_round(row: Assessment) -> dict[str, Any]:
    return {
        "round": row.round,
        "gate": row.gate,
        "status": row.status,
        "steps": row.steps,
        "created_at": rfc3339(row.created_at),
        "submitted_at": rfc3339(row.submitted_at) if row.submitted_at else None,
        "frozen": row.frozen,
    }


def require_program(investment: Investment) -> None:
    if investment.program_id is None:
        raise Refused(
            "Investeringen hör inte till något program och har inga grindar; lägg den i ett först.",
            "The investment is in no program and has no gates; put it in one first.",
            [WITHOUT_GATE],
        )


def require_open(state: Any) -> None:
    if state.is_closed:
        status = within(STATUSES[state.status])
        raise InvestmentClosed(
            f"Investeringen är {status.sv}; ersätt det sista beslutet om det var fel.",
            f"The investment is {status.en}; supersede the last decision if it was wrong.",
            [NOTHING_MORE],
        )


def start_round(
    session: Session, act: Act, investment: Investment, gate: str, steps: Mapping[str, Any]
) -> Assessment:
    """A new round at the present gate: a copy of the one before, with `steps` over it (G3)."""
    require_program(investment)
    here = standing.load(session, investment)
    require_open(here.state)
    _require_gate(here, gate)
    _require_no_draft(here)
    former = here.rounds[-1].steps if here.rounds else assessing.empty_steps()
    row = Assessment(
        investment_id=investment.id or 0,
        round=len(here.rounds) + 1,
        gate=here.state.gate,
        arrived_by=here.state.arrived_by,
        status="draft",
        steps=assessing.merged(former, steps),
        created_at=act.at,
    )
    session.add(row)
    session.flush()
    standing.refresh(session, investment)
    after = shown_round(row)
    record(session, act, "assessment.created", _resource(investment, row), after=after)
    return row


def _require_gate(here: Standing, gate: str) -> None:
    if gate != here.state.gate:
        present, given = (gate_called(here.template, one) for one in (here.state.gate, gate))
        raise Refused(
            "En bedömning görs vid den grind där investeringen står.",
            "An assessment is made at the gate where the investment stands.",
            [
                Reason(
                    "G2",
                    Text(
                        f"Investeringen står vid grinden {present.sv}, inte vid {given.sv}.",
                        f"The investment stands at the gate {present.en}, not at {given.en}.",
                    ),
                    "/gate",
                )
            ],
        )


def _is_of_this_visit(here: Standing, row: Assessment) -> bool:
    return row.gate == here.state.gate and row.arrived_by == here.state.arrived_by


def _require_no_draft(here: Standing) -> None:
    for row in here.rounds:
        if row.status == "draft" and _is_of_this_visit(here, row):
            raise Refused(
                f"Bedömning {row.round} är ett utkast; ändra den eller lämna in den.",
                f"Assessment {row.round} is a draft; change it or submit it.",
                [
                    Reason(
                        "G2",
                        Text("Ett utkast i taget.", "One draft at a time."),
                    )
                ],
            )


def change_round(
    session: Session, act: Act, investment: Investment, row: Assessment, changes: Mapping[str, Any]
) -> None:
    _require_draft(row)
    here = standing.load(session, investment)
    require_open(here.state)
    if changes.get("gate") not in (None, row.gate):
        _require_gate(here, changes["gate"])
    before = shown_round(row)
    row.steps = assessing.merged(row.steps, changes.get("steps") or {})
    session.add(row)
    session.flush()
    after = shown_round(row)
    record(
        session, act, "assessment.changed", _resource(investment, row), before=before, after=after
    )


def _require_draft(row: Assessment) -> None:
    if row.status != "draft":
        raise AssessmentLocked(
            f"Bedömning {row.round} är inlämnad och kan inte ändras; börja en ny.",
            f"Assessment {row.round} is submitted and can't be changed; start a new one.",
            [
                Reason(
                    "G3",
                    Text("Det som lämnats in är låst.", "What was submitted is locked."),
                )
            ],
        )


def submit_round(session: Session, act: Act, investment: Investment, row: Assessment) -> None:
    """Submit a complete draft; freezes what it was judged on (G3)."""
    _require_draft(row)
    here = standing.load(session, investment)
    require_open(here.state)
    if not _is_of_this_visit(here, row):
        _require_gate(here, row.gate)
        raise AssessmentLocked(
            "Utkastet hör till ett tidigare besök vid grinden; börja en ny bedömning.",
            "The draft belongs to an earlier visit to the gate; start a new assessment.",
            [
                Reason(
                    "G2",
                    Text(
                        "En bedömning hör till besöket vid grinden.",
                        "An assessment belongs to the visit to the gate.",
                    ),
                )
            ],
        )
    last = here.state.position == here.template.last_position
    lacking = assessing.missing(row.steps, at_last_gate=last)
    if lacking:
        raise AssessmentIncomplete(
            "Bedömningen saknar delar; fyll i dem och lämna in igen.",
            "The assessment lacks parts; fill them in and submit again.",
            lacking,
        )
    before = shown_round(row)
    row.status = "submitted"
    row.submitted_at = act.at
    row.frozen = freeze(session, investment, act.today)
    session.add(row)
    session.flush()
    standing.refresh(session, investment)
    after = shown_round(row)
    record(
        session, act, "assessment.submitted", _resource(investment, row), before=before, after=after
    )


def freeze(session: Session, investment: Investment, on: date) -> dict[str, Any]:
    """Plan lines with their sums, shares, area versions, rates and costs, as of now.

    Raises:
        RateMissing: The operating consequence needs a rate that nobody has entered.
    """
    costs = consequences.freeze(session, investment)
    lines = find_forecast(session, investment.id or 0)
    sums = totals(amounts(lines))
    return {
        "plan_lines": [shown_line(line) for line in lines],
        "total": format_amount(sums.net),
        "total_capital": format_amount(sums.capital),
        "total_operating": format_amount(sums.operating),
        "gross_expense": format_amount(sums.gross),
        **location_snapshot(session, investment, on),
        "rates": costs.pop("rates"),
        "consequence": costs,
        "price_index": frozen_values(values_by_year(session)),
    }


def _resource(investment: Investment, row: Assessment) -> str:
    return f"{resource(investment)}/assessments/{row.round}"


def shown_recommendation(row: Recommendation) -> dict[str, Any]:
    return {
        "id": row.id,
        "gate": row.gate,
        "outcome": row.outcome,
        "recommended_on": row.recommended_on.isoformat(),
        "reason": row.reason,
        "recorded_at": rfc3339(row.recorded_at),
    }


def recommend(
    session: Session, act: Act, investment: Investment, data: Mapping[str, Any]
) -> Recommendation:
    """What the program group recommends at the present gate."""
    require_program(investment)
    here = standing.load(session, investment)
    require_open(here.state)
    if data["recommended_on"] > act.today:
        raise Refused(
            "Rekommendationen kan inte vara daterad i framtiden.",
            "The recommendation can't be dated in the future.",
            [
                Reason(
                    "G4",
                    Text(
                        f"{data['recommended_on']} har inte varit än.",
                        f"{data['recommended_on']} has not been yet.",
                    ),
                )
            ],
        )
    row = Recommendation(
        investment_id=investment.id or 0,
        gate=here.state.gate,
        arrived_by=here.state.arrived_by,
        recorded_at=act.at,
        **data,
    )
    session.add(row)
    session.flush()
    after = shown_recommendation(row)
    where = f"{resource(investment)}/recommendations"
    record(session, act, "recommendation.created", where, after=after)
    return row


def current_recommendation(
    session: Session, investment: Investment, here: Standing
) -> Recommendation | None:
    """The latest of this visit to the gate, by the group of the program it is in now."""
    joined = repository.joined_program_at(session, investment)
    found = [
        row
        for row in repository.find_recommendations(session, investment.id or 0)
        if row.gate == here.state.gate
        and row.arrived_by == here.state.arrived_by
        and (joined is None or row.recorded_at >= joined)
    ]
    return found[-1] if found else None


def draft_reasons(here: Standing, outcome: Outcome) -> tuple[Reason, ...]:
    """What an unfinished draft lacks, where a submitted round is needed and there is none (G14)."""
    if outcome not in ON_A_ROUND or here.state.round is not None:
        return ()
    last = here.state.position == here.template.last_position
    drafts = [row for row in here.rounds if row.status == "draft" and _is_of_this_visit(here, row)]
    return assessing.missing(drafts[-1].steps, at_last_gate=last) if drafts else ()
