"""A second reading of domain.md: what the gates let through, kept apart from the code.

It keeps a pile of the decisions in force, each with what was so before it. Superseding the
latest is to take the top off and lay another there; the code derives the same from a history.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

GATES = ("need", "study", "direction", "implementation", "handover", "benefits")
STEPS = ("strategy", "benefits", "market", "economy", "governance")
IMPLEMENTATION, LAST = 3, 5
RANKS = {
    "director": 1,
    "street_committee": 2,
    "school_committee": 2,
    "executive_board": 3,
    "council": 4,
}
FIFTEEN_MILLION, FIFTY_MILLION = 1_500_000_000, 5_000_000_000


@dataclass(frozen=True)
class Here:
    """Where an investment stands; `visit` is the pile's place of the decision that led there."""

    position: int = 0
    visit: int | None = None
    ended: str | None = None
    last: str | None = None
    last_on: date | None = None
    review_on: date | None = None
    decided: int | None = None
    released: int = 0
    used: tuple[int, ...] = ()
    outcomes: tuple[str, ...] = ()


@dataclass
class Round:
    number: int
    at: tuple[int, int | None]
    verdicts: dict[str, str]
    submitted: bool = False
    net: int = 0
    gross: int = 0

    def with_verdict(self, *verdicts: str) -> list[str]:
        return [step for step in STEPS if self.verdicts[step] in verdicts]

    @property
    def weak(self) -> list[str]:
        return self.with_verdict("negative", "not_assessed")


@dataclass
class Attempt:
    """A decision that somebody tries to register; amounts in öre."""

    gate: str
    outcome: str
    body: str
    on: date
    delegated: bool = False
    outweighings: list[tuple[str, list[str]]] = field(default_factory=list)
    released: int = 0
    review_on: date | None = None
    target: str | None = None
    lines: int | None = None
    benefit_result: bool = False
    supersedes: int | None = None


@dataclass
class Investment:
    """What is known of one investment; `pile` has an id and what was so before it, for each."""

    code: str
    committee: str
    steering: str
    here: Here = Here()
    pile: list[tuple[int, int, str, Here]] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    recommendations: list[tuple[tuple[int, int | None], date]] = field(default_factory=list)
    forecast: tuple[int, int] = (0, 0)
    places: int = 0
    decisions: list[int] = field(default_factory=list)

    # Rounds

    def at(self, here: Here) -> tuple[int, int | None]:
        return here.position, here.visit

    def draft(self) -> Round | None:
        """The draft of this visit."""
        found = [r for r in self.rounds if not r.submitted and r.at == self.at(self.here)]
        return found[-1] if found else None

    def round_at(self, here: Here) -> Round | None:
        found = [r for r in self.rounds if r.submitted and r.at == self.at(here)]
        return found[-1] if found else None

    def may_start(self) -> bool:
        return self.here.ended is None and self.draft() is None

    def may_submit(self, round: Round) -> bool:
        here = self.at(self.here)
        return self.here.ended is None and not round.submitted and round.at == here

    def start(self, verdicts: dict[str, str]) -> Round:
        self.rounds.append(Round(len(self.rounds) + 1, self.at(self.here), verdicts))
        return self.rounds[-1]

    def submit(self, round: Round) -> None:
        expense, income = self.forecast
        round.submitted, round.net, round.gross = True, expense - income, expense

    # What is shown

    def reconsider(self, here: Here) -> bool:
        expense, income = self.forecast
        decided = here.decided or 0
        over = 10 * (expense - income - decided) > abs(decided)
        return here.position > IMPLEMENTATION and here.ended != "completed" and over

    def status(self) -> str:
        here = self.here
        if here.ended:
            return here.ended
        if here.last == "hold":
            return "on_hold"
        if self.reconsider(here):
            return "reconsideration_required"
        round = self.round_at(here)
        amended = [n for n, o in zip(here.used, here.outcomes, strict=True) if o == "amend"]
        return "submitted" if round and round.number not in amended else "preparing"

    def weak_steps(self) -> list[str]:
        round = None if self.here.ended == "completed" else self.round_at(self.here)
        numbers = [n for n in self.here.used if n]
        if round is None and numbers:
            round = self.rounds[numbers[-1] - 1]
        return round.weak if round else []

    # Decisions

    def base(self, attempt: Attempt) -> Here | None:
        """What the decision is judged against; None where that alone refuses it."""
        if attempt.supersedes is None:
            return None if self.here.ended else self.here
        if not self.pile:
            return None
        id, _, gate, before = self.pile[-1]
        return before if (id, gate) == (attempt.supersedes, attempt.gate) else None

    def allows(self, attempt: Attempt) -> bool:
        here = self.base(attempt)
        if here is None or GATES[here.position] != attempt.gate:
            return False
        checks = (self._dates, self._outcome, self._steps, self._money, self._body)
        return all(check(here, attempt) for check in checks)

    def _recommended(self, here: Here) -> date | None:
        found = [on for at, on in self.recommendations if at == self.at(here)]
        return found[-1] if found else None

    def _dates(self, here: Here, attempt: Attempt) -> bool:
        not_before = [on for on in (here.last_on, self._recommended(here)) if on]
        return all(attempt.on >= on for on in not_before)

    def _outcome(self, here: Here, attempt: Attempt) -> bool:
        round = self.round_at(here)
        last = here.position == LAST
        if attempt.benefit_result != (attempt.outcome == "pass" and last):
            return False
        if attempt.outcome == "pass":
            return round is not None and not self.reconsider(here)
        if attempt.outcome == "amend":
            something = here.decided is not None or self.reconsider(here)
            return round is not None and round.number not in here.used and something
        if attempt.outcome == "hold":
            return attempt.review_on is not None and attempt.review_on > attempt.on
        if attempt.outcome == "rework":
            return GATES.index(attempt.target or "") < here.position
        if attempt.outcome == "skip":
            later = GATES.index(attempt.target or "") > here.position
            return later and set(here.outcomes) <= {"skip"}
        return True

    def _steps(self, here: Here, attempt: Attempt) -> bool:
        round = self.round_at(here)
        if attempt.outcome != "pass" or round is None or here.position == LAST:
            return True
        positive = set(round.with_verdict("positive"))
        named = {weak for weak, _ in attempt.outweighings}
        strong = {step for _, steps in attempt.outweighings for step in steps}
        return set(round.weak) <= named and strong <= positive and not named & positive

    def _money(self, here: Here, attempt: Attempt) -> bool:
        round = self.round_at(here)
        if attempt.outcome not in ("pass", "amend") or round is None:
            return True
        enough = RANKS[attempt.body] >= self._least(round) or attempt.delegated
        return here.released + attempt.released <= max(round.net, 0) and enough

    def _least(self, round: Round | None) -> int:
        if round is None or round.gross <= FIFTEEN_MILLION:
            return 0
        return RANKS["executive_board" if round.gross <= FIFTY_MILLION else "council"]

    def _body(self, here: Here, attempt: Attempt) -> bool:
        if attempt.outcome == "skip":
            return True
        rank, board = RANKS[attempt.body], RANKS["executive_board"]
        if here.position < IMPLEMENTATION or self.steering == "full":
            return rank >= board or attempt.delegated
        heard = attempt.outcome != "pass" or self._recommended(here) is not None
        own = attempt.body == self.committee or (rank == 1 and attempt.delegated)
        least = self._least(self.round_at(here))
        raised = least > 2 and (rank >= least or (attempt.delegated and rank > 2))
        return heard and (own or raised)

    def decide(self, id: int, attempt: Attempt) -> None:
        """Register what was allowed."""
        before = self.base(attempt)
        assert before is not None
        if attempt.supersedes is None:
            self.places += 1
            place = self.places
        else:
            place = self.pile.pop()[1]
        self.pile.append((id, place, attempt.gate, before))
        self.decisions.append(id)
        self.here = self._after(before, attempt, place)

    def _after(self, before: Here, attempt: Attempt, place: int) -> Here:
        round = self.round_at(before)
        on_round = attempt.outcome in ("pass", "amend")
        number = round.number if round and on_round else 0
        here = replace(
            before,
            last=attempt.outcome,
            last_on=attempt.on,
            review_on=attempt.review_on,
            released=before.released + (attempt.released if on_round else 0),
            used=(*before.used, number),
            outcomes=(*before.outcomes, attempt.outcome),
        )
        if round and on_round:
            here = replace(here, decided=round.net)
        if attempt.outcome == "skip" and attempt.lines is not None:
            here = replace(here, decided=attempt.lines)
        if attempt.outcome == "stop":
            return replace(here, ended="stopped")
        if attempt.outcome == "pass" and before.position == LAST:
            return replace(here, ended="completed")
        if attempt.outcome == "pass":
            return replace(here, position=before.position + 1, visit=place)
        if attempt.outcome in ("rework", "skip"):
            return replace(here, position=GATES.index(attempt.target or ""), visit=place)
        return here

    def row(self) -> dict[str, Any]:
        """What gate status says of it."""
        expense, income = self.forecast
        here = self.here
        return {
            "gate": GATES[here.position],
            "gate_position": here.position,
            "status": self.status(),
            "last_outcome": here.last,
            "last_decided_on": here.last_on.isoformat() if here.last_on else None,
            "review_on": (
                here.review_on.isoformat()
                if here.review_on and self.status() == "on_hold"
                else None
            ),
            "weak_steps": self.weak_steps(),
            "forecast_total": shown(expense - income),
            "decided_total": shown(here.decided or 0),
            "released_total": shown(here.released),
        }


def shown(ore: int) -> str:
    sign = "-" if ore < 0 else ""
    return f"{sign}{abs(ore) // 100}.{abs(ore) % 100:02d}"
