"""Registering gate decisions, with the snapshot that proves what they were made on."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from sqlmodel import Session

from portfolio.access.rules import Caller
from portfolio.amounts import format_amount, parse_amount
from portfolio.clock import Act, rfc3339
from portfolio.database.lookup import named_in_body
from portfolio.errors import DecisionRefused, Forbidden, Reason
from portfolio.events.service import record
from portfolio.gates import (
    assessing,
    assessments,
    consequences,
    deciding,
    modes,
    repository,
    standing,
)
from portfolio.gates.models import Assessment, Condition, Fulfilment, GateDecision
from portfolio.gates.registering import require_own_matter, require_own_to_replace
from portfolio.gates.rules import ON_A_ROUND, Outcome
from portfolio.gates.situations import Deciding, Frozen, Outweighing, Proposal, Situation
from portfolio.gates.standing import Standing
from portfolio.hashing import canonical, sha256
from portfolio.investments.models import Investment
from portfolio.investments.service import resource
from portfolio.investments.snapshots import location_snapshot
from portfolio.language import Text
from portfolio.money.indices import frozen_values, values_by_year
from portfolio.money.service import add_decided
from portfolio.organisation.models import Body, Department
from portfolio.organisation.rules import Level
from portfolio.organisation.service import decision_rules
from portfolio.programs.models import Program

OWN_COLUMNS = (
    "gate",
    "decided_by",
    "decided_on",
    "case_number",
    "minutes_paragraph",
    "reason",
    "released_amount",
    "hold_category",
    "review_on",
    "return_to",
    "to_gate",
    "lesson",
    "benefit_result",
    "supersedes",
)


def decide(
    session: Session, act: Act, caller: Caller, investment: Investment, data: Mapping[str, Any]
) -> GateDecision:
    """Register a decision of the minutes, if every rule allows it.

    Raises:
        DecisionRefused: One reason for each rule that does not.
        InvestmentClosed: The investment is stopped or completed.
        Forbidden: The caller does not register for that body, or here.
    """
    if not caller.registers_for(data["decided_by"]):
        raise Forbidden(
            f"Nyckeln registrerar inte beslut av {data['decided_by']}.",
            f"The key does not register decisions of {data['decided_by']}.",
        )
    body = named_in_body(session, Body, data["decided_by"], "/decided_by")
    for index, line in enumerate(data["decided_lines"]):
        named_in_body(session, Department, line["department"], f"/decided_lines/{index}/department")
    assessments.require_program(investment)
    here, reasons = _before_it(session, investment, data)
    situation = situation_of(session, act, investment, here, on=data["decided_on"])
    proposal = _proposal(data, body)
    require_own_matter(caller, situation, proposal)
    require_own_to_replace(session, caller, investment, data["supersedes"], situation, proposal)
    if not reasons:
        assessments.require_open(here.state)
        reasons = deciding.reasons_against(situation, proposal)
    if reasons:
        raise DecisionRefused(
            "Beslutet kan inte registreras; skälen anger vad som saknas.",
            "The decision can't be registered; the reasons say what is missing.",
            reasons,
        )
    row = _store(session, act, investment, here, data)
    standing.refresh(session, investment)
    after = shown_decision(session, row, full=True)
    where = f"{resource(investment)}/decisions/{row.id}"
    record(session, act, f"decision.{row.outcome}", where, after=after)
    return row


def _before_it(
    session: Session, investment: Investment, data: Mapping[str, Any]
) -> tuple[Standing, tuple[Reason, ...]]:
    """Where things stood before this decision: without the one it supersedes (G10)."""
    here = standing.load(session, investment)
    supersedes = data["supersedes"]
    if supersedes is None:
        return here, ()
    reasons = deciding.superseding(
        here.template, here.facts, supersedes, here.state.last, data["gate"]
    )
    if reasons:
        return here, reasons
    return standing.load(session, investment, without=supersedes), ()


def situation_of(
    session: Session, act: Act, investment: Investment, here: Standing, *, on: date
) -> Situation:
    """What a decision of a date, at the present gate, is judged by (S6)."""
    program = session.get_one(Program, investment.program_id)
    department = named_in_body(session, Department, investment.department, "/department")
    recommendation = assessments.current_recommendation(session, investment, here)
    return Situation(
        template=here.template,
        state=here.state,
        round=_frozen(here),
        recommended_on=recommendation.recommended_on if recommendation else None,
        steering=modes.mode_on(session, investment, on),
        deciding_body=_body(session, program.deciding_body),
        committee=_body(session, department.committee),
        levels=decision_rules(session),
        today=act.today,
    )


def blocking(
    session: Session, act: Act, investment: Investment, outcome: Outcome
) -> tuple[Reason, ...]:
    """Everything that stands in the way of an outcome now (G14)."""
    if investment.program_id is None:
        return (assessments.WITHOUT_GATE,)
    here = standing.load(session, investment)
    if here.state.is_closed:
        return (assessments.NOTHING_MORE,)
    situation = situation_of(session, act, investment, here, on=act.today)
    lacking = assessments.draft_reasons(here, outcome)
    return (*lacking, *deciding.readiness(situation, outcome))


def _body(session: Session, code: str) -> Deciding:
    body = named_in_body(session, Body, code, "/decided_by")
    return Deciding(body.code, Level(body.level))


def _frozen(here: Standing) -> Frozen | None:
    row = _round_row(here)
    if row is None:
        return None
    return Frozen(
        verdicts=assessing.verdicts(row.steps),
        has_plan=assessing.has_plan(row.steps),
        net=parse_total(row.frozen["total"]),
        gross=parse_total(row.frozen["gross_expense"]),
        number=row.round,
    )


def parse_total(text: str) -> int:
    """A sum may be longer than an amount that people may enter."""
    try:
        return parse_amount(text)
    except ValueError:
        return int(text.replace(".", ""))


def _round_row(here: Standing) -> Assessment | None:
    found = here.state.round
    return next((row for row in here.rounds if found and row.id == found.id), None)


def _proposal(data: Mapping[str, Any], body: Body) -> Proposal:
    return Proposal(
        gate=data["gate"],
        outcome=Outcome(data["outcome"]),
        body=Deciding(body.code, Level(body.level)),
        decided_on=data["decided_on"],
        has_delegation=data["delegation"] is not None,
        outweighings=tuple(
            Outweighing(str(o["weak"]), tuple(str(step) for step in o["strong"]))
            for o in data["outweighings"]
        ),
        released=data["released_amount"] or 0,
        review_on=data["review_on"],
        return_to=data["return_to"],
        to_gate=data["to_gate"],
        has_benefit_result=data["benefit_result"] is not None,
        round=data["round"],
    )


def _store(
    session: Session, act: Act, investment: Investment, here: Standing, data: Mapping[str, Any]
) -> GateDecision:
    outcome = Outcome(data["outcome"])
    round_row = _round_row(here) if outcome in ON_A_ROUND else None
    snapshot = _snapshot(session, act, investment, here, round_row)
    lines = _decided_lines(data, round_row)
    row = GateDecision(
        investment_id=investment.id or 0,
        outcome=outcome.value,
        outweighings=_plain(data["outweighings"]),
        delegation=_plain(data["delegation"]),
        assessment_id=round_row.id if round_row else None,
        decides_lines=lines is not None,
        snapshot=canonical(snapshot).decode(),
        snapshot_sha256=sha256(snapshot),
        recorded_at=act.at,
        **{name: data[name] for name in OWN_COLUMNS},
    )
    session.add(row)
    session.flush()
    conditions = enumerate(data["conditions"], start=1)
    session.add_all(
        Condition(decision_id=row.id or 0, number=number, **condition)
        for number, condition in conditions
    )
    add_decided(session, investment, row.id or 0, lines or (), act.at)
    if round_row is not None and "consequence" in round_row.frozen:
        frozen = round_row.frozen["consequence"]
        consequences.keep_decided(session, investment, row.id or 0, frozen, act.at)
    return row


def _plain(value: Any) -> Any:
    """Enums and dates as text, for a JSON column."""
    return orjson.loads(orjson.dumps(value))


def _decided_lines(
    data: Mapping[str, Any], round_row: Assessment | None
) -> list[dict[str, Any]] | None:
    """What the decision decides: the round's lines, or those a skip brings; None for none."""
    if round_row is not None:
        return [
            {**line, "amount": parse_amount(line["amount"])}
            for line in round_row.frozen["plan_lines"]
        ]
    return data["decided_lines"] or None


def _snapshot(
    session: Session,
    act: Act,
    investment: Investment,
    here: Standing,
    round_row: Assessment | None,
) -> dict[str, Any]:
    recommendation = assessments.current_recommendation(session, investment, here)
    frozen = round_row.frozen if round_row else {}
    return {
        "investment": {
            "code": investment.code,
            "name": investment.name,
            "kind": investment.kind,
            "department": investment.department,
        },
        "template": {"code": here.template.code, "version": here.template.version},
        "round": assessments.shown_round(round_row) if round_row else None,
        "recommendation": (
            assessments.shown_recommendation(recommendation) if recommendation else None
        ),
        **(
            {name: frozen[name] for name in ("location", "area_shares", "outside", "area_versions")}
            if round_row
            else location_snapshot(session, investment, act.today)
        ),
        "rates": frozen.get("rates", []),
        "price_index": frozen.get("price_index") or frozen_values(values_by_year(session)),
    }


def shown_decision(
    session: Session,
    row: GateDecision,
    *,
    full: bool,
    superseded_by: int | None = None,
    rounds: Sequence[Assessment] | None = None,
) -> dict[str, Any]:
    """`rounds` are the investment's, where the caller has them already."""
    listed = repository.find_rounds(session, row.investment_id) if rounds is None else rounds
    numbers = {found.id: found.round for found in listed}
    answer = {
        **shown_fields(row),
        "conditions": shown_conditions(session, row),
        "superseded_by": superseded_by,
        "round": numbers.get(row.assessment_id),
    }
    if full:
        answer["snapshot"] = orjson.loads(row.snapshot)
        answer["snapshot_sha256"] = row.snapshot_sha256
    return answer


def shown_fields(row: GateDecision) -> dict[str, Any]:
    """What a decision says by itself, and says for good."""
    return {
        "id": row.id,
        "gate": row.gate,
        "outcome": row.outcome,
        "decided_by": row.decided_by,
        "decided_on": row.decided_on.isoformat(),
        "case_number": row.case_number,
        "minutes_paragraph": row.minutes_paragraph,
        "reason": row.reason,
        "outweighings": row.outweighings,
        "released_amount": (
            None if row.released_amount is None else format_amount(row.released_amount)
        ),
        "hold_category": row.hold_category,
        "review_on": row.review_on.isoformat() if row.review_on else None,
        "return_to": row.return_to,
        "to_gate": row.to_gate,
        "lesson": row.lesson,
        "benefit_result": row.benefit_result,
        "delegation": row.delegation,
        "supersedes": row.supersedes,
        "recorded_at": rfc3339(row.recorded_at),
    }


def shown_conditions(session: Session, row: GateDecision) -> list[dict[str, Any]]:
    conditions = repository.find_conditions(session, [row.id or 0])
    met = repository.find_fulfilments(session, [row.id or 0])
    return [
        shown_condition(condition, met.get((condition.decision_id, condition.number)))
        for condition in conditions
    ]


def shown_condition(condition: Condition, met: Fulfilment | None) -> dict[str, Any]:
    return {
        "n": condition.number,
        "text": condition.text,
        "owner": condition.owner,
        "due_on": condition.due_on.isoformat() if condition.due_on else None,
        "met_on": met.met_on.isoformat() if met and met.met_on else None,
        "note": met.note if met else None,
    }


def mark_condition(
    session: Session,
    act: Act,
    investment: Investment,
    condition: Condition,
    changes: Mapping[str, Any],
) -> dict[str, Any]:
    """Note when a condition was met, beside the decision, which stays as it is (G11)."""
    key = (condition.decision_id, condition.number)
    former = repository.find_fulfilments(session, [condition.decision_id]).get(key)
    before = shown_condition(condition, former)
    row = Fulfilment(
        decision_id=condition.decision_id,
        number=condition.number,
        met_on=changes.get("met_on", former.met_on if former else None),
        note=changes.get("note", former.note if former else None),
        recorded_at=act.at,
    )
    if row.met_on is not None and row.met_on > act.today:
        raise DecisionRefused(
            "Villkoret kan inte ha uppfyllts i framtiden.",
            "The condition can't have been met in the future.",
            [
                Reason(
                    "G11",
                    Text(f"{row.met_on} har inte varit än.", f"{row.met_on} has not been yet."),
                )
            ],
        )
    session.add(row)
    session.flush()
    standing.refresh(session, investment)
    after = shown_condition(condition, row)
    where = f"{resource(investment)}/decisions/{condition.decision_id}"
    action = "condition.marked"
    record(
        session, act, action, f"{where}/conditions/{condition.number}", before=before, after=after
    )
    return after
