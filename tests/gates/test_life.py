"""Whole lives of investments, at random, held against a second reading of the rules."""

from datetime import date, timedelta
from typing import Any

import hypothesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, target
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from portfolio.access.rules import Role
from portfolio.clock import now, swedish_date
from portfolio.database.engine import snapshot, transaction
from portfolio.events.service import verify
from portfolio.reports.doctor import find_faults
from tests import scenario
from tests.databases import DatabaseFactory, MovingEngine
from tests.gates.model import GATES, IMPLEMENTATION, LAST, RANKS, STEPS, Attempt, Investment, shown
from tests.scenario import line, ok, put_lines
from tests.serving import key_headers

VERDICTS = ("positive", "positive", "neutral", "negative", "not_assessed")
MILLION = 100_000_000
AMOUNTS = (0, 1, MILLION, 15 * MILLION, 15 * MILLION + 1, 50 * MILLION + 1)
OUTCOMES = ("pass", "pass", "pass", "amend", "hold", "rework", "stop", "skip")

verdicts = st.fixed_dictionaries({step: st.sampled_from(VERDICTS) for step in STEPS})
investments = st.integers(0, 2)


class Lives(RuleBasedStateMachine):
    """Three investments: two departments under partial steering, one under full."""

    engine: Engine
    client: TestClient

    def __init__(self) -> None:
        super().__init__()
        self.open()
        with transaction(self.engine) as session:
            self.admin = key_headers(session, Role.ADMIN)
        scenario.put_municipality(self.client, self.admin)
        scenario.put_program(self.client, self.admin, code="full", steering="full")
        self.lives = []
        for code, department, committee, program in (
            ("A-1", "FGK", "street_committee", "lindangen"),
            ("A-2", "GFK", "school_committee", "lindangen"),
            ("A-3", "FGK", "street_committee", "full"),
        ):
            fields = {"code": code, "department": department, "program": program}
            scenario.put_investment(self.client, self.admin, **fields)
            steering = "full" if program == "full" else "partial"
            self.lives.append(Investment(code, committee, steering))
        self.events = self.count_events()
        self.furthest = 0

    def open(self) -> None:
        """Gives `engine` and `client` a database of their own."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def count_events(self) -> int:
        found: int = ok(self.client.get("/v1/events?limit=1", headers=self.admin), 200)["total"]
        return found

    def post(self, life: Investment, path: str, body: Any, accepted: bool, status: int) -> Any:
        """Send something, and see it accepted exactly when the model says so."""
        address = f"/v1/investments/{life.code}/{path}"
        answer = self.client.post(address, json=body, headers=self.admin)
        assert answer.status_code == (status if accepted else 409), (life, body, answer.text)
        if not accepted:
            assert answer.json()["reasons"], answer.text
        self.events += accepted
        return answer.json()

    def start(self, life: Investment, found: dict[str, str]) -> None:
        body = {"gate": GATES[life.here.position], "steps": scenario.steps(**found)}
        accepted = life.may_start()
        self.post(life, "assessments", body, accepted, 201)
        if accepted:
            life.start(found)

    def submit(self, life: Investment, number: int) -> None:
        round = life.rounds[number - 1]
        accepted = life.may_submit(round)
        self.post(life, f"assessments/{number}/submit", None, accepted, 200)
        if accepted:
            life.submit(round)

    def recommend(self, life: Investment, on: date) -> None:
        accepted = life.here.ended is None
        body = {"outcome": "pass", "recommended_on": on.isoformat(), "reason": "Enigt."}
        self.post(life, "recommendations", body, accepted, 201)
        if accepted:
            life.recommendations.append((life.at(life.here), on))

    def decide(self, life: Investment, attempt: Attempt) -> None:
        accepted = life.allows(attempt)
        made = self.post(life, "decisions", as_body(attempt), accepted, 201)
        if accepted:
            life.decide(made["id"], attempt)

    @rule(number=investments, found=verdicts)
    def assess(self, number: int, found: dict[str, str]) -> None:
        self.start(self.lives[number], found)

    @rule(number=investments, data=st.data())
    def hand_in(self, number: int, data: st.DataObject) -> None:
        life = self.lives[number]
        drafts = [round.number for round in life.rounds if not round.submitted]
        if drafts:
            self.submit(life, data.draw(st.sampled_from(drafts)))

    @rule(number=investments, expense=st.sampled_from(AMOUNTS), income=st.sampled_from((0, 0, 500)))
    def plan(self, number: int, expense: int, income: int) -> None:
        life = self.lives[number]
        lines = [line(shown(expense)), line(shown(income), type="operating", direction="income")]
        ok(put_lines(self.client, self.admin, life.code, *lines), 200)
        life.forecast = (expense, income)
        self.events += 1

    @rule(number=investments, days=st.sampled_from((0, 0, 1)))
    def hear_the_group(self, number: int, days: int) -> None:
        life = self.lives[number]
        self.recommend(life, day(life) + timedelta(days=days))

    @rule(number=investments, released=st.sampled_from((0, 0, MILLION, 15 * MILLION)))
    def pass_in_good_order(self, number: int, released: int) -> None:
        """What a municipality that does everything right does, so that lives get long."""
        life = self.lives[number]
        if life.here.ended:
            return
        if life.draft() is None:
            self.start(life, dict.fromkeys(STEPS, "positive"))
        draft = life.draft()
        assert draft is not None
        self.submit(life, draft.number)
        self.recommend(life, day(life))
        outcome = "amend" if life.reconsider(life.here) else "pass"
        self.decide(life, in_good_order(life, outcome, released))

    @rule(number=investments, data=st.data())
    def try_anything(self, number: int, data: st.DataObject) -> None:
        life = self.lives[number]
        self.decide(life, data.draw(attempts(life)))

    @precondition(lambda self: any(life.pile for life in self.lives))
    @rule(data=st.data())
    def correct_the_latest(self, data: st.DataObject) -> None:
        life = data.draw(st.sampled_from([life for life in self.lives if life.pile]))
        id, _, gate, before = life.pile[-1]
        attempt = data.draw(attempts(life, GATES.index(gate), before.last_on))
        attempt.supersedes = id
        self.decide(life, attempt)

    @invariant()
    def gate_status_is_what_the_model_says(self) -> None:
        rows = ok(self.client.get("/v1/gate-status", headers=self.admin), 200)["items"]
        for life, row in zip(self.lives, rows, strict=True):
            expected = life.row()
            assert {name: row[name] for name in expected} == expected, life
        self.furthest = max(self.furthest, *(life.here.position for life in self.lives))

    @invariant()
    def every_write_is_one_event(self) -> None:
        assert self.count_events() == self.events

    def teardown(self) -> None:
        target(float(self.furthest))
        url = f"/v1/gate-status?totals=true&as_of={swedish_date(now())}"
        derived = ok(self.client.get(url, headers=self.admin), 200)
        read = ok(self.client.get("/v1/gate-status?totals=true", headers=self.admin), 200)
        assert derived == read
        with snapshot(self.engine) as session:
            assert find_faults(session) == []
            count, problem = verify(session)
        assert problem is None
        assert count == self.events
        self.close()


def day(life: Investment) -> date:
    """The first day on which the next decision may be dated."""
    heard = [on for at, on in life.recommendations if at == life.at(life.here)]
    return max([life.here.last_on or date(2026, 1, 5), *heard[-1:]])


def in_good_order(life: Investment, outcome: str, released: int) -> Attempt:
    late = life.here.position >= IMPLEMENTATION and life.steering == "partial"
    large = life.forecast[0] > 15 * MILLION
    round = life.round_at(life.here)
    left = max(round.net if round else 0, 0) - life.here.released
    return Attempt(
        gate=GATES[life.here.position],
        outcome=outcome,
        body="council" if large else life.committee if late else "executive_board",
        on=day(life),
        released=min(released, max(left, 0)),
        benefit_result=outcome == "pass" and life.here.position == LAST,
    )


@st.composite
def attempts(
    draw: st.DrawFn, life: Investment, position: int | None = None, last_on: date | None = None
) -> Attempt:
    """Any decision, more often nearly right than not."""
    here = life.here.position if position is None else position
    outcome = draw(st.sampled_from(OUTCOMES))
    on = (day(life) if position is None else last_on or day(life)) + timedelta(
        days=draw(st.sampled_from((0, 0, 0, 1, -1)))
    )
    on_round = outcome in ("pass", "amend")
    found = life.rounds[-1] if life.rounds else None
    weak = found.weak if found else []
    strong = found.with_verdict("positive") if found else []
    answered = draw(st.sampled_from((weak, weak, weak[:1], ["market"]))) if on_round else []
    named = draw(st.sampled_from((strong, strong, strong[:1], ["economy"])))
    return Attempt(
        gate=GATES[draw(st.sampled_from((here, here, here, here, min(here + 1, LAST))))],
        outcome=outcome,
        body=draw(st.sampled_from((life.committee, "executive_board", "council", *RANKS))),
        on=on,
        delegated=draw(st.sampled_from((False, False, True))),
        outweighings=[(step, named) for step in answered if named],
        released=draw(st.sampled_from((0, 0, 1, MILLION))) if on_round else 0,
        review_on=on + timedelta(days=draw(st.sampled_from((0, 30))))
        if outcome == "hold"
        else None,
        target=draw(st.sampled_from(GATES)) if outcome in ("rework", "skip") else None,
        lines=draw(st.sampled_from((None, MILLION))) if outcome == "skip" else None,
        benefit_result=draw(st.sampled_from((outcome == "pass" and here == LAST,) * 5 + (True,))),
    )


def as_body(attempt: Attempt) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if attempt.target:
        more["return_to" if attempt.outcome == "rework" else "to_gate"] = attempt.target
    if attempt.outcome == "hold" and attempt.review_on:
        more |= {"hold_category": "economic", "review_on": attempt.review_on.isoformat()}
    if attempt.released:
        more["released_amount"] = shown(attempt.released)
    if attempt.lines is not None:
        more["decided_lines"] = [line(shown(attempt.lines))]
    if attempt.benefit_result:
        more["benefit_result"] = "partly"
    if attempt.delegated:
        more["delegation"] = {"point": "4.2", "official": "Chef"}
    return {
        "gate": attempt.gate,
        "outcome": attempt.outcome,
        "decided_by": attempt.body,
        "decided_on": attempt.on.isoformat(),
        "case_number": "STK-2026-700",
        "reason": "Väl avvägt.",
        "outweighings": [
            {"weak": weak, "strong": strong, "reason": "Väger upp."}
            for weak, strong in attempt.outweighings
        ],
        "supersedes": attempt.supersedes,
        **more,
    }


def test_g1_to_g13_lives_go_as_a_second_reading_of_the_rules_says(
    application: FastAPI,
    client: TestClient,
    database_factory: DatabaseFactory,
    moving_engine: MovingEngine,
):
    class LivesHere(Lives):
        def open(self) -> None:
            self.url = database_factory.new_migrated()
            self.engine = application.state.engine = moving_engine.at(self.url)
            self.client = client

        def close(self) -> None:
            database_factory.drop(self.url)

    settings = hypothesis.settings(
        max_examples=12,
        stateful_step_count=25,
        deadline=None,
        # Shrinking whole lives takes minutes; a failing life says enough as it is.
        phases=[Phase.generate, Phase.target],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(LivesHere, settings=settings)
