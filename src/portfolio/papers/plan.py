"""What the plan of a program says: where it is, and where it wants to move."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from portfolio.gates import wording
from portfolio.gates.wording import gate_called, gate_text, word
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.language import Language
from portfolio.organisation.models import Body, Department
from portfolio.papers import plan_money, plan_words
from portfolio.papers.drawing import (
    ENDED_STATUSES,
    MOST_NUMBERED,
    Ground,
    Map,
    Symbol,
    draw,
    gate_colour,
)
from portfolio.papers.glyphs import isolated, shortened
from portfolio.papers.goals import goals_touched
from portfolio.papers.places import ground_of, points_of
from portfolio.papers.standings import Standing, standings
from portfolio.papers.typesetter import Paper
from portfolio.papers.wording import listed, more
from portfolio.programs.models import Program
from portfolio.programs.service import shown_program
from portfolio.reports.board import View, board, is_restricted
from portfolio.reports.rows import Moment, Row, all_rows_then

MAP = "map.svg"
MAP_ASPECT = 0.82
MOST_COLUMNS = 8
# What fits on the first page; the rest stands in the list after it.
MOST_CARDS, MOST_WAITING, MOST_ENDED, MOST_NEXT, MOST_GOALS = 6, 2, 5, 12, 6
MOST_ELSEWHERE, MOST_RESTRICTED, MOST_AREAS = 20, 40, 6
MOST_LISTED = 2000
NAME, REASON, TASK = 56, 90, 520
Shown = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """As of which date the plan is, None for now, and in which language."""

    today: date
    as_of: date | None
    language: Language

    @property
    def on(self) -> date:
        return self.as_of or self.today

    def say(self, name: str) -> str:
        return plan_words.WORDS[name].in_language(self.language)


def plan(session: Session, program: Program, asked: Asked) -> Paper:
    """The whole paper: page one, and a list of everything where page one can't hold it."""
    where = [col(Investment.program_id) == program.id]
    found = board(session, program, where, View(asked.today, asked.as_of, public=False))
    ours = [InvestmentVersion.program_id == program.id]
    rows = {row.code: row for row in all_rows_then(session, ours, Moment(asked.as_of), asked.today)}
    stand = standings(session, ours, asked.as_of, asked.today)
    cards = _Cards(session, asked, rows, stand).of(found)
    ground, scheme = ground_of(session, found["areas"], asked.on)
    drawn = _map(session, program, asked, cards, ground)
    gates = _columns(found["gates"])
    goals = goals_touched(session, stand.values())
    data = {
        "language": asked.language,
        "words": {name: asked.say(name) for name in plan_words.WORDS},
        "program": {
            **_head(session, program, asked),
            "areas": _named(ground, found["areas"], asked),
        },
        "date": asked.on.isoformat(),
        "empty": not cards,
        "sources": _sources(found, scheme, asked),
        "gates": [_gate(gate, cards, asked) for gate in gates],
        **_next(cards, asked),
        "money": plan_money.money(rows.values(), gates, _departments(session), asked.language),
        "goals": goals[:MOST_GOALS],
        "more_goals": max(0, len(goals) - MOST_GOALS),
        **_ended(cards, asked),
        **_list(cards, program, asked, whole=len(gates) < len(found["gates"])),
        **_described(drawn, cards, asked, program),
    }
    return Paper("plan.typ", data, {MAP: drawn.svg} if drawn else {})


class _Cards:
    """What the plan says of each investment, numbered in the order of the gates."""

    def __init__(
        self,
        session: Session,
        asked: Asked,
        rows: Mapping[str, Row],
        stand: Mapping[str, Standing],
    ) -> None:
        self.asked, self.rows, self.stand = asked, rows, stand
        columns: Any = select(Investment.code, Investment.restricted)
        closed = columns.where(col(Investment.restricted).is_not(None))
        self.restricted = {
            code
            for code, restricted in session.exec(closed)
            if is_restricted(restricted, asked.today)
        }

    def of(self, found: Mapping[str, Any]) -> list[Shown]:
        listed = [card for gate in found["gates"] for card in gate["investments"]]
        listed += [*found["completed"], *found["stopped"]]
        # As the columns are numbered and coloured, whatever template an investment began with.
        positions = {gate["gate"]: gate["position"] for gate in found["gates"]}
        return [self._card(number, card, positions) for number, card in enumerate(listed, start=1)]

    def _card(self, number: int, card: Mapping[str, Any], positions: Mapping[str, int]) -> Shown:
        language, row = self.asked.language, self.rows[card["investment"]]
        position = positions.get(card["gate"], 0)
        return {
            "number": number,
            "code": card["investment"],
            "name": card["name"],
            "short": shortened(card["name"], NAME),
            "kind": card["kind"],
            "kind_name": word(wording.KINDS, card["kind"], language),
            "department": card["department"],
            "gate": card["gate"],
            "position": position,
            "gate_name": gate_called(self.stand[row.code].template, card["gate"]).in_language(
                language
            ),
            "colour": gate_colour(position),
            "status": card["status"],
            "status_name": word(wording.STATUSES, card["status"], language),
            "waits": card["status"] == "on_hold",
            "reconsider": card["status"] == "reconsideration_required",
            "category": word(wording.CATEGORIES, card["hold_category"], language),
            "reason": shortened(card["hold_reason"] or card["stop_reason"] or "", REASON),
            "review": card["review_on"].isoformat() if card["review_on"] else "",
            "overdue": card["overdue"],
            "restricted": card["investment"] in self.restricted,
            **self._coming(row),
            **plan_money.amounts(row, language),
        }

    def _coming(self, row: Row) -> Shown:
        """The gate that is to be passed next, and when."""
        on, gate = row.next_gate_on, self.stand[row.code].coming
        template = self.stand[row.code].template
        named = gate_called(template, gate.code).in_language(self.asked.language) if gate else ""
        return {
            "next_on": on.isoformat() if on else "",
            "next_gate": named or self.asked.say("completion"),
            "next_overdue": on is not None and on < self.asked.on,
        }


def _head(session: Session, program: Program, asked: Asked) -> Shown:
    shown = shown_program(session, program, asked.on)
    bodies = dict(session.exec(select(Body.code, Body.name)).all())
    mandate = shown["mandate"]
    return {
        "name": shown["name"],
        "task": shortened(mandate["task"], TASK),
        "decided_by": bodies.get(mandate["decided_by"], mandate["decided_by"]),
        "decided_on": str(mandate["decided_on"]),
        "case_number": mandate["case_number"],
        "deciding_body": bodies.get(shown["deciding_body"], shown["deciding_body"]),
        "steering": word(wording.STEERING, shown["steering"], asked.language),
        "coordinator": shown["coordinator"] or "–",
        "time": f"{shown['starts_on'] or ''}–{shown['ends_on'] or ''}",
    }


def _columns(gates: Sequence[Shown]) -> list[Shown]:
    """As many gates as the page is wide enough for: of many, those where something stands."""
    if len(gates) <= MOST_COLUMNS:
        return list(gates)
    return [gate for gate in gates if gate["investments"]][:MOST_COLUMNS]


def _gate(gate: Mapping[str, Any], cards: Sequence[Shown], asked: Asked) -> Shown:
    here = [
        card
        for card in cards
        if card["gate"] == gate["gate"] and card["status"] not in ENDED_STATUSES
    ]
    moving = [card for card in here if not card["waits"]]
    waiting = [card for card in here if card["waits"]]
    return {
        "name": gate_text(gate["gate"], gate["name"]).in_language(asked.language),
        "colour": gate_colour(gate["position"]),
        "count": len(here),
        "moving": moving[:MOST_CARDS],
        "more_moving": _more(len(moving) - MOST_CARDS, asked),
        "waiting": waiting[:MOST_WAITING],
        "more_waiting": _more(len(waiting) - MOST_WAITING, asked),
    }


def _more(left: int, asked: Asked) -> str:
    """That so many stand in the list only."""
    said = more(left, asked.language)
    return f"{said}, {asked.say('see_list')}" if said else ""


def _dated(cards: Iterable[Shown]) -> list[Shown]:
    return [card for card in cards if card["next_on"] and not card["waits"]]


def _next(cards: Sequence[Shown], asked: Asked) -> Shown:
    """Those that are to move first, the overdue ones before all."""
    dated = sorted(_dated(cards), key=lambda card: (card["next_on"], card["number"]))
    return {"next": dated[:MOST_NEXT], "more_next": _more(len(dated) - MOST_NEXT, asked)}


def _ended(cards: Sequence[Shown], asked: Asked) -> Shown:
    ended = [card for card in cards if card["status"] in ENDED_STATUSES]
    return {"ended": ended[:MOST_ENDED], "more_ended": _more(len(ended) - MOST_ENDED, asked)}


def _departments(session: Session) -> dict[str, str]:
    return dict(session.exec(select(Department.code, Department.name)).all())


def _is_crowded(cards: Sequence[Shown]) -> bool:
    """Whether some group of cards has more than page one has room for."""
    groups: Counter[Any] = Counter()
    for card in cards:
        if card["status"] in ENDED_STATUSES:
            groups["ended"] += 1
        else:
            groups[card["gate"], card["waits"]] += 1
    groups["next"] = len(_dated(cards))
    most = {"ended": MOST_ENDED, "next": MOST_NEXT}

    def room(group: Any) -> int:
        return most[group] if group in most else MOST_WAITING if group[1] else MOST_CARDS

    return any(count > room(group) for group, count in groups.items())


def _list(cards: Sequence[Shown], program: Program, asked: Asked, *, whole: bool) -> Shown:
    """Everything in a list where page one shows too little of it."""
    cut = any(card["short"] != card["name"] for card in cards)
    left = len(cards) - MOST_LISTED
    address = f"/v1/gate-status?program={program.code}&format=xlsx"
    sv = f"{left} investeringar till finns i {address}"
    en = f"{left} more investments are in {address}"
    return {
        "list": list(cards[:MOST_LISTED]) if _is_crowded(cards) or cut or whole else [],
        "unlisted": "" if left <= 0 else (sv if asked.language == "sv" else en),
    }


def _map(
    session: Session,
    program: Program,
    asked: Asked,
    cards: Sequence[Shown],
    ground: Ground,
) -> Map | None:
    points = points_of(session, col(Investment.program_id) == program.id, asked.on)
    symbols = [
        Symbol(
            card["number"],
            points[card["code"]],
            card["kind"] == "social",
            card["position"],
            card["status"],
        )
        for card in cards
        if card["code"] in points
    ]
    for card in cards:
        card["placed"] = card["code"] in points
    return draw(ground, symbols, MAP_ASPECT)


def _described(drawn: Map | None, cards: Iterable[Shown], asked: Asked, program: Program) -> Shown:
    """What the map shows, in words, for those who hear it; and what is not on it."""
    every = list(cards)
    placed = sum(card["placed"] for card in every)
    elsewhere = [str(card["number"]) for card in every if not card["placed"]]
    numbers = listed(elsewhere, MOST_ELSEWHERE, asked.language)
    metres = drawn.metres if drawn else 0
    closed = [isolated(card["code"]) for card in every if card["restricted"]]
    is_swedish = asked.language == "sv"
    alt_sv = (
        f"Karta över {program.name}: {placed} av {len(every)} investeringar som symboler i "
        f"programmets områden. Samma investeringar står i tabellen. Skalstocken är {metres} meter."
    )
    alt_en = (
        f"Map of {program.name}: {placed} of {len(every)} investments as symbols in the areas of "
        f"the program. The same investments are in the table. The scale bar is {metres} metres."
    )
    off_sv, off_en = f"Utan plats på kartan: {numbers}", f"Not on the map: {numbers}"
    return {
        "map": MAP if drawn else None,
        "map_alt": alt_sv if is_swedish else alt_en,
        "numbered": placed <= MOST_NUMBERED,
        "off_the_map": "" if not elsewhere else (off_sv if is_swedish else off_en),
        "restricted": listed(closed, MOST_RESTRICTED, asked.language),
    }


def _named(ground: Ground, areas: Sequence[dict[str, str]], asked: Asked) -> str:
    names = [name for name, _ in ground.own] or [area["code"] for area in areas]
    some = [isolated(shortened(name, 40)) for name in names]
    return listed(some, MOST_AREAS, asked.language) or "–"


def _sources(found: Mapping[str, Any], scheme: str | None, asked: Asked) -> str:
    """Where the figures come from, so that a paper that is found later can be judged."""
    drawn_from = isolated(shortened(scheme, 60)) if scheme else ""
    boundaries_sv = f" Gränser: {drawn_from}." if scheme else ""
    boundaries_en = f" Boundaries: {drawn_from}." if scheme else ""
    address = f"/v1/gate-status?program={found['program']}"
    address += f"&as_of={asked.on}" if asked.as_of else ""
    sv = f"Uppgifter: {address}, beslut till och med {asked.on}.{boundaries_sv}"
    en = f"Figures: {address}, decisions up to {asked.on}.{boundaries_en}"
    return sv if asked.language == "sv" else en
