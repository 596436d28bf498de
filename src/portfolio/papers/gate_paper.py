"""What is laid before a body at a gate: what, when, economy, responsible, decision level."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from portfolio.clock import Act
from portfolio.gates import assessments, decisions, standing, wording
from portfolio.gates.models import Assessment
from portfolio.gates.rules import Outcome
from portfolio.gates.standing import Standing
from portfolio.gates.wording import gate_called, word
from portfolio.investments.models import Investment
from portfolio.investments.service import shown_investment
from portfolio.language import Language, Text
from portfolio.money.repository import amounts, find_forecast
from portfolio.money.rules import totals
from portfolio.organisation.models import Body, Department
from portfolio.papers import gate_money, gate_words, plan_words, steps
from portfolio.papers.decision_level import who_decides
from portfolio.papers.drawing import Map, Symbol, draw
from portfolio.papers.glyphs import isolated, shortened
from portfolio.papers.places import ground_of, named_shares, points_of
from portfolio.papers.typesetter import Paper
from portfolio.papers.wording import kronor, listed, more
from portfolio.programs.models import Program
from portfolio.programs.rules import Template
from portfolio.programs.service import shown_areas
from portfolio.reports.board import is_restricted

MAP = "map.svg"
MAP_ASPECT, MAP_GROWS = 0.62, 1.9
# A body reads a page or two; whoever wants every word finds it in the API.
MOST_DECISIONS, MOST_REASONS, MOST_CONDITIONS, MOST_AREAS = 12, 24, 20, 8
LONG, MIDDLE = 1600, 700
# Of gates in these templates, as they were from the start, the questions have Swedish words.
BUILT_IN = (("standard", 1), ("light", 1), ("micro", 1))
ENDED = {
    "stopped": Text("Stoppad: inget mer beslutas.", "Stopped: nothing more is decided."),
    "completed": Text("Avslutad: inget mer beslutas.", "Completed: nothing more is decided."),
}
WITHOUT_PROGRAM = Text(
    "Investeringen hör inte till något program och har ingen grind: den beslutas i "
    "förvaltningens och nämndens egen ordning.",
    "The investment is in no program and has no gate: it is decided in the department's and "
    "the committee's own order.",
)
Shown = dict[str, Any]


def gate_paper(session: Session, act: Act, investment: Investment, language: Language) -> Paper:
    """The whole paper, of an investment at any gate or at none."""
    here = None if investment.program_id is None else standing.load(session, investment)
    drawn = _map(session, act, investment)
    names = dict(session.exec(select(Body.code, Body.name)).all())
    round = _round(here)
    data = {
        "language": language,
        "words": {name: text.in_language(language) for name, text in gate_words.WORDS.items()},
        "date": act.today.isoformat(),
        **_head(session, act, investment, here, language),
        **_plan(round if _is_of_this_visit(round, here) else None, here, language),
        "is_closed": here is not None and here.state.is_closed,
        "next_gate": _next_gate(here, round, language),
        "level": _level(session, act, investment, here, language),
        "blocks": _blocks(session, act, investment, language),
        "round": steps.shown(round, here, language) if round else None,
        "money": gate_money.money(session, investment, here),
        "consequence": gate_money.consequence_in_brief(session, investment, act.today, language),
        "recommendation": _recommendation(session, investment, here, language),
        **_decided(session, here, names, language),
        "map": MAP if drawn else None,
        "map_alt": _alt(investment, drawn, language),
    }
    return Paper("gate_paper.typ", data, {MAP: drawn.svg} if drawn else {})


def _round(here: Standing | None) -> Assessment | None:
    """The round that is decided on; else the newest draft of this visit, or what was shown last."""
    if here is None:
        return None
    state = here.state
    visit = [
        row for row in here.rounds if row.arrived_by == state.arrived_by and row.gate == state.gate
    ]
    if state.round is None and visit and not state.is_closed:
        return visit[-1]
    shown = state.round or state.shown_round
    return next((row for row in here.rounds if shown and row.id == shown.id), None)


def _is_of_this_visit(round: Assessment | None, here: Standing | None) -> bool:
    """Not one of another gate, or of this gate before a rework led back to it."""
    if round is None or here is None:
        return False
    return (round.gate, round.arrived_by) == (here.state.gate, here.state.arrived_by)


def _head(
    session: Session,
    act: Act,
    investment: Investment,
    here: Standing | None,
    language: Language,
) -> Shown:
    shown = shown_investment(session, investment, act.today)
    program = session.get(Program, investment.program_id) if investment.program_id else None
    department = session.exec(
        select(Department.name).where(Department.code == investment.department)
    ).one()
    restricted = investment.restricted
    closed = is_restricted(restricted, act.today)
    return {
        "code": investment.code,
        "name": investment.name,
        "kind": word(wording.KINDS, investment.kind, language),
        "status": word(wording.STATUSES, investment.status, language) if here else "–",
        "program": program.name if program else "–",
        "department": f"{isolated(department)} ({isolated(investment.department)})",
        "problem": shortened(investment.problem, LONG),
        "description": shortened(investment.description, LONG),
        "time": f"{shown['starts_on'] or ''}–{shown['ends_on'] or ''}",
        "place": _place(session, act, investment, program, shown, language),
        "gate": _gate(here, language),
        "asks": _asks(here, language),
        "restricted": [restricted["section"], restricted["until"]] if closed else [],
    }


def _gate(here: Standing | None, language: Language) -> str:
    return gate_called(here.template, here.state.gate).in_language(language) if here else "–"


def _asks(here: Standing | None, language: Language) -> str:
    """What the gate asks, where anything is still asked."""
    if here is None or here.state.is_closed:
        return ""
    template, gate = here.template, here.template.gates[here.state.position]
    is_built_in = (template.code, template.version) in BUILT_IN
    return word(wording.ASKS, gate.code, language) if is_built_in else gate.asks


def _place(
    session: Session,
    act: Act,
    investment: Investment,
    program: Program | None,
    shown: Shown,
    language: Language,
) -> str:
    """The areas it lies in by name with their shares; else as it was entered."""
    location: Mapping[str, Any] = investment.location
    if location.get("not_located"):
        return shortened(str(location["not_located"]), 160)
    if location.get("municipality_wide"):
        return "Hela kommunen" if language == "sv" else "The whole municipality"
    own = shown_areas(session, program, act.today) if program else []
    wanted = [area["scheme"] for area in (*own, *(location.get("areas") or ()))]
    parts = named_shares(session, shown, wanted, act.today, language)
    if parts:
        return listed(parts, MOST_AREAS, language)
    return "Se kartan" if language == "sv" else "See the map"


def _next_gate(here: Standing | None, round: Assessment | None, language: Language) -> str:
    """Which gate the round's date is for: the one after its own, or the end after the last."""
    on = (round.steps["governance"]["plan"] or {}).get("next_gate_on") if round else None
    if here is None or here.state.is_closed or not on:
        return "–"
    position = here.state.position + _is_of_this_visit(round, here)
    if position > here.template.last_position:
        return f"{plan_words.WORDS['completion'].in_language(language)}, {on}"
    gate = gate_called(here.template, here.template.gates[position].code)
    return f"{isolated(gate.in_language(language))}, {on}"


def _plan(round: Assessment | None, here: Standing | None, language: Language) -> Shown:
    """Until when, by whom, how it is followed up and what is asked for (G2, governance)."""
    is_asked = here is not None and not here.state.is_closed
    plan: Mapping[str, Any] = (round.steps["governance"]["plan"] or {}) if round else {}
    asked = plan.get("requested_amount") if is_asked else None
    tolerance = plan.get("tolerance_percent")
    point = "," if language == "sv" else "."
    return {
        "accountable": shortened(plan.get("accountable") or "–", 200),
        "follow_up": shortened(plan.get("follow_up") or "–", 300),
        "tolerance": "–" if tolerance is None else f"{tolerance:g} %".replace(".", point),
        "requested": "–" if asked is None else kronor(decisions.parse_total(asked)),
    }


def _level(
    session: Session,
    act: Act,
    investment: Investment,
    here: Standing | None,
    language: Language,
) -> Shown:
    if here is None:
        return {"said": WITHOUT_PROGRAM.in_language(language)}
    if here.state.is_closed:
        return {"said": ENDED[here.state.status].in_language(language)}
    situation = decisions.situation_of(session, act, investment, here, on=act.today)
    expected = totals(amounts(find_forecast(session, investment.id or 0)))
    return {"said": "", **who_decides(session, situation, expected, language)}


def _blocks(session: Session, act: Act, investment: Investment, language: Language) -> Shown:
    reasons = decisions.blocking(session, act, investment, Outcome.PASS)
    return {
        "reasons": [
            {"rule": reason.rule, "detail": reason.detail.in_language(language)}
            for reason in reasons[:MOST_REASONS]
        ],
        "more": more(len(reasons) - MOST_REASONS, language),
    }


def _recommendation(
    session: Session, investment: Investment, here: Standing | None, language: Language
) -> str:
    row = assessments.current_recommendation(session, investment, here) if here else None
    if row is None:
        return ""
    outcome = word(wording.OUTCOMES, row.outcome, language)
    return f"{outcome}, {row.recommended_on}. {isolated(shortened(row.reason, MIDDLE))}"


def _decided(
    session: Session, here: Standing | None, names: Mapping[str, str], language: Language
) -> Shown:
    """The decisions, the newest first, superseded ones too: they are public documents."""
    rows = here.decisions if here else []
    replaced = {row.supersedes: row.id for row in rows if row.supersedes is not None}
    shown = [
        decisions.shown_decision(
            session, row, full=False, superseded_by=replaced.get(row.id or 0), rounds=here.rounds
        )
        for row in reversed(rows[-MOST_DECISIONS:])
        if here
    ]
    return {
        "decisions": [_decision(one, here.template, names, language) for one in shown if here],
        "more_decisions": more(len(rows) - MOST_DECISIONS, language),
    }


def _decision(
    one: Mapping[str, Any], template: Template, names: Mapping[str, str], language: Language
) -> Shown:
    def step(code: str) -> str:
        return word(wording.STEPS, code, language).lower()

    released = one["released_amount"]
    return {
        "date": one["decided_on"],
        "gate": gate_called(template, one["gate"]).in_language(language),
        "outcome": word(wording.OUTCOMES, one["outcome"], language),
        "result": word(wording.RESULTS, one["benefit_result"], language),
        "body": names.get(one["decided_by"], one["decided_by"]),
        "case_number": one["case_number"],
        "paragraph": one["minutes_paragraph"] or "",
        "reason": shortened(one["reason"], MIDDLE),
        "category": word(wording.CATEGORIES, one["hold_category"], language),
        "review": one["review_on"] or "",
        "lesson": shortened(one["lesson"] or "", 300),
        "is_superseded": one["superseded_by"] is not None,
        "released": "" if released is None else kronor(decisions.parse_total(released)),
        "outweighings": [
            {
                "strong": ", ".join(step(name) for name in some["strong"]),
                "weak": step(some["weak"]),
                "reason": shortened(some["reason"], 300),
            }
            for some in one["outweighings"]
        ],
        "conditions": [
            {
                "text": shortened(some["text"], 300),
                "owner": some["owner"],
                "due_on": some["due_on"] or "",
                "met_on": some["met_on"] or "",
            }
            for some in one["conditions"][:MOST_CONDITIONS]
        ],
        "more_conditions": more(len(one["conditions"]) - MOST_CONDITIONS, language),
    }


def _map(session: Session, act: Act, investment: Investment) -> Map | None:
    """Where it is, on the areas it lies in; none for what has no place."""
    points = points_of(session, col(Investment.id) == investment.id, act.today)
    place = points.get(investment.code)
    if place is None:
        return None
    shown = shown_investment(session, investment, act.today)
    areas = [
        {"scheme": scheme, "code": share["code"]}
        for scheme, shares in shown["area_shares"].items()
        for share in shares
    ]
    ground = ground_of(session, areas, act.today)[0]
    position = investment.gate_position or 0
    is_social = investment.kind == "social"
    return draw(
        ground, [Symbol(0, place, is_social, position, investment.status)], MAP_ASPECT, MAP_GROWS
    )


def _alt(investment: Investment, drawn: Map | None, language: Language) -> str:
    metres = drawn.metres if drawn else 0
    if language == "sv":
        return (
            f"Karta: {investment.name} i sitt område. Skalstocken är {metres} meter. "
            "Platsen står i ord under Plats."
        )
    return (
        f"Map: {investment.name} in its area. The scale bar is {metres} metres. The place stands "
        "in words under Place."
    )
