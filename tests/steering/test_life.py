"""Money moved at random under both modes and across their changes, against a second reading."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import hypothesis
import time_machine
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase
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
from portfolio.amounts import format_amount
from portfolio.clock import now, swedish_date
from portfolio.database.engine import transaction
from portfolio.events.service import verify
from tests.databases import DatabaseFactory, MovingEngine
from tests.scenario import ok
from tests.serving import key_headers
from tests.steering import moving

PROGRAM = "lindangen"
DEPARTMENTS = {"A": "FGK", "B": "GFK", "C": "FGK"}
COMMITTEES = {"FGK": "street_committee", "GFK": "school_committee"}
LIMIT = 5000
OPEN = ("proposed", "giver_consented", "receiver_consented")
AMOUNTS = (1, 100, 2500, 5000, 5001, 9000)

codes = st.sampled_from(sorted(DEPARTMENTS))
amounts = st.sampled_from(AMOUNTS)
numbers = st.integers(0, 20)


@dataclass
class Allocation:
    holder: str
    amount: int
    committed: int

    @property
    def free(self) -> int:
        return self.amount - self.committed


@dataclass
class Proposal:
    """A reallocation, as the domain's text has it."""

    id: int
    giver: str
    receiver: str
    amount: int
    is_full: bool
    expires_on: date
    ended: str | None = None
    given: set[str] = field(default_factory=set)

    @property
    def needed(self) -> set[str]:
        if self.is_full:
            return {"body"} if self.amount > LIMIT else set()
        if DEPARTMENTS[self.giver] == DEPARTMENTS[self.receiver]:
            return {"both"}
        return {"giver", "receiver", "body"}

    def status(self, today: date) -> str:
        if self.ended is not None:
            return self.ended
        if today > self.expires_on:
            return "expired"
        if "both" in self.given or {"giver", "receiver"} <= self.given:
            return "receiver_consented"
        return "giver_consented" if "giver" in self.given else "proposed"


class Money(RuleBasedStateMachine):
    """Three investments of two departments in one program; a year of capital money."""

    engine: Engine
    client: TestClient

    def __init__(self) -> None:
        super().__init__()
        self.open()
        self.clock = time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False)
        self.traveller = self.clock.start()
        with transaction(self.engine) as session:
            self.admin = key_headers(session, Role.ADMIN)
        moving.begin(self.client, self.admin)
        ok(
            moving.change(
                self.client, self.admin, "/v1/settings", reallocation_limit=format_amount(LIMIT)
            ),
            200,
        )
        self.events = 0
        self.frames = 0
        self.is_full = False
        self.changed_on = date.min
        self.reserves: dict[str, int] = {}
        self.allocations: dict[str, Allocation] = {}
        self.ids: dict[str, int] = {}
        self.proposals: list[Proposal] = []
        for holder in ("FGK", "GFK"):
            self.grant(holder, 20_000)
        self.allot("A", 10_000, 2_500)
        self.allot("B", 5_000, 2_500)
        self.events = self.count_events()

    def open(self) -> None:
        """Gives `engine` and `client` a database of their own."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    @property
    def today(self) -> date:
        return swedish_date(now())

    def count_events(self) -> int:
        url = "/v1/events?limit=1"
        found: int = ok(self.client.get(url, headers=self.admin), 200)["total"]
        return found

    def holder(self, code: str) -> str:
        return PROGRAM if self.is_full else DEPARTMENTS[code]

    def grant(self, holder: str, amount: int) -> None:
        there = self.reserves.get(holder, 0)
        name = "program" if holder == PROGRAM else "department"
        self.frames += 1
        case_number = f"STK-2026-{self.frames}"
        fields = {name: holder, "kind": "supplementary", "case_number": case_number}
        answer = moving.grant(self.client, self.admin, format_amount(amount), **fields)
        if self.agreed(answer, there + amount >= 0, 201):
            self.reserves[holder] = there + amount

    def allot(self, code: str, amount: int, committed: int) -> None:
        former = self.allocations.get(code)
        holder = former.holder if former else self.holder(code)
        reserve = self.reserves.get(holder)
        sent = {"amount": format_amount(amount), "committed": format_amount(committed)}
        if former is None:
            accepted = reserve is not None and amount <= reserve and committed <= amount
            answer = moving.allocate(self.client, self.admin, code, **sent)
        else:
            accepted = amount - former.amount <= (reserve or 0)
            accepted &= committed <= amount or (
                committed <= former.committed and amount >= former.amount
            )
            path = f"/v1/allocations/{self.ids[code]}"
            answer = moving.change(self.client, self.admin, path, **sent)
        if self.agreed(answer, accepted, 200 if former else 201):
            self.ids[code] = answer.json()["id"]
            self.reserves[holder] -= amount - (former.amount if former else 0)
            self.allocations[code] = Allocation(holder, amount, committed)

    def agreed(self, answer: Any, accepted: bool, status: int) -> bool:
        """See it accepted exactly when the model says so."""
        assert answer.status_code == (status if accepted else 409), answer.text
        if not accepted:
            assert answer.json()["reasons"], answer.text
        self.events += accepted
        return accepted

    def fits(self, giver: str, amount: int) -> bool:
        return giver in self.allocations and self.allocations[giver].free >= amount

    def move(self, proposal: Proposal) -> None:
        self.allocations[proposal.giver].amount -= proposal.amount
        if proposal.receiver not in self.allocations:
            holder = self.holder(proposal.receiver)
            self.reserves.setdefault(holder, 0)
            self.allocations[proposal.receiver] = Allocation(holder, 0, 0)
        self.allocations[proposal.receiver].amount += proposal.amount
        proposal.ended = "executed"
        # That it was executed, and what each of the two allocations is now.
        self.events += 3
        for row in moving.listed(self.client, self.admin, "/v1/allocations"):
            self.ids[row["investment"]] = row["id"]

    @rule(
        holder=st.sampled_from(["FGK", "GFK", PROGRAM]), amount=amounts, sign=st.sampled_from("++-")
    )
    def grant_money(self, holder: str, amount: int, sign: str) -> None:
        self.grant(holder, amount if sign == "+" else -amount)

    @rule(code=codes, amount=amounts, committed=st.sampled_from((0, 0, 100, 2500)))
    def allocate(self, code: str, amount: int, committed: int) -> None:
        self.allot(code, amount, committed)

    @rule(giver=codes, receiver=codes, amount=amounts, days=st.sampled_from((0, 5, 90)))
    def propose(self, giver: str, receiver: str, amount: int, days: int) -> None:
        if giver == receiver:
            return
        expires_on = self.today + timedelta(days=days)
        answer = moving.propose(
            self.client,
            self.admin,
            giver,
            receiver,
            format_amount(amount),
            expires_on=expires_on.isoformat(),
        )
        if self.agreed(answer, self.fits(giver, amount), 201):
            id = answer.json()["id"]
            made = Proposal(id, giver, receiver, amount, self.is_full, expires_on)
            self.proposals.append(made)
            if not made.needed:
                self.move(made)

    @rule(giver=codes, receiver=codes, more=st.sampled_from((0, 0, 1)))
    def propose_all_that_is_free(self, giver: str, receiver: str, more: int) -> None:
        free = self.allocations[giver].free if giver in self.allocations else 0
        if free + more > 0:
            self.propose(giver, receiver, free + more, 5)

    @precondition(lambda self: self.still_open())
    @rule(number=numbers, days=st.sampled_from((0, 1)))
    def wait_until_it_expires(self, number: int, days: int) -> None:
        found = self.still_open()
        last = found[number % len(found)].expires_on
        self.traveller.shift(last - self.today + timedelta(days=days))

    def still_open(self) -> list[Proposal]:
        return [one for one in self.proposals if one.status(self.today) in OPEN]

    def pick(self, number: int) -> Proposal:
        """Mostly the newest, which are still open."""
        return self.proposals[-1 - number % min(len(self.proposals), 3)]

    @precondition(lambda self: self.proposals)
    @rule(number=numbers, party=st.sampled_from(["giver", "receiver", "body"]))
    def agree(self, number: int, party: str) -> None:
        proposal = self.pick(number)
        own = proposal.giver if party == "giver" else proposal.receiver
        is_one = DEPARTMENTS[proposal.giver] == DEPARTMENTS[proposal.receiver]
        kept = "both" if is_one and party != "body" else party
        accepted = proposal.status(self.today) in OPEN and kept in proposal.needed - proposal.given
        body = "council" if party == "body" else COMMITTEES[DEPARTMENTS[own]]
        answer = moving.consent(self.client, self.admin, proposal.id, party, decided_by=body)
        if self.agreed(answer, accepted, 200):
            proposal.given.add(kept)
            if proposal.given >= proposal.needed and self.fits(proposal.giver, proposal.amount):
                self.move(proposal)

    @precondition(lambda self: self.proposals)
    @rule(number=numbers)
    def execute(self, number: int) -> None:
        proposal = self.pick(number)
        accepted = (
            proposal.status(self.today) in OPEN
            and proposal.given >= proposal.needed
            and self.fits(proposal.giver, proposal.amount)
        )
        answer = moving.answer(self.client, self.admin, proposal.id, "execute")
        if self.agreed(answer, accepted, 200):
            self.move(proposal)
            # Here the executing is the write itself.
            self.events -= 1

    @precondition(lambda self: self.proposals)
    @rule(number=numbers, step=st.sampled_from(["withdraw", "decline"]))
    def end(self, number: int, step: str) -> None:
        self.finish(self.pick(number), step)

    def finish(self, proposal: Proposal, step: str) -> None:
        accepted = proposal.status(self.today) in OPEN
        body = {"reason": "Nej."} if step == "decline" else None
        answer = moving.answer(self.client, self.admin, proposal.id, step, body)
        if self.agreed(answer, accepted, 200):
            proposal.ended = {"withdraw": "withdrawn", "decline": "declined"}[step]

    @rule(days=st.sampled_from((1, 40)))
    def wait(self, days: int) -> None:
        self.traveller.shift(timedelta(days=days))

    @rule(is_full=st.booleans(), all_ended=st.booleans())
    def steer(self, is_full: bool, all_ended: bool) -> None:
        if all_ended:
            for proposal in self.still_open():
                self.finish(proposal, "withdraw")
        accepted = (
            not self.still_open() and is_full != self.is_full and self.today > self.changed_on
        )
        mode = "full" if is_full else "partial"
        answer = moving.steer(self.client, self.admin, mode, self.today.isoformat())
        if self.agreed(answer, accepted, 201):
            self.is_full, self.changed_on = is_full, self.today
            for code, allocation in self.allocations.items():
                self.events += allocation.holder != self.holder(code)
                allocation.holder = self.holder(code)
                self.reserves.setdefault(allocation.holder, 0)

    @invariant()
    def pools_and_allocations_are_what_the_model_says(self) -> None:
        used = dict.fromkeys(self.reserves, 0)
        for allocation in self.allocations.values():
            used[allocation.holder] += allocation.amount
        expected = {
            holder: tuple(map(format_amount, (used[holder] + left, used[holder], left)))
            for holder, left in self.reserves.items()
        }
        assert moving.pools(self.client, self.admin) == expected
        found = moving.amounts(self.client, self.admin)
        assert found == {c: format_amount(one.amount) for c, one in self.allocations.items()}
        moving.check_ledger(self.engine)

    @invariant()
    def reallocations_are_what_the_model_says(self) -> None:
        rows = moving.listed(self.client, self.admin, moving.REALLOCATIONS)
        found = [(row["id"], row["status"], {c["party"] for c in row["consents"]}) for row in rows]
        assert found == [(one.id, one.status(self.today), one.given) for one in self.proposals]
        for row, proposal in zip(rows, self.proposals, strict=True):
            waiting = {one["party"] for one in row["waiting_for"]} - {"execution"}
            is_open = row["status"] in OPEN
            assert waiting == (proposal.needed - proposal.given if is_open else set())
            fits = self.fits(proposal.giver, proposal.amount)
            assert bool(row["blocked_by"]) == (is_open and not fits)

    @invariant()
    def every_write_and_every_allocation_it_moves_is_one_event(self) -> None:
        assert self.count_events() == self.events

    def teardown(self) -> None:
        self.clock.stop()
        with transaction(self.engine) as session:
            assert verify(session)[1] is None
        self.close()


def test_s3_to_s6_money_moves_as_a_second_reading_of_the_rules_says(
    application: FastAPI,
    client: TestClient,
    database_factory: DatabaseFactory,
    moving_engine: MovingEngine,
):
    class MoneyHere(Money):
        def open(self) -> None:
            self.url = database_factory.new_migrated()
            self.engine = application.state.engine = moving_engine.at(self.url)
            self.client = client

        def close(self) -> None:
            database_factory.drop(self.url)

    settings = hypothesis.settings(
        max_examples=15,
        stateful_step_count=18,
        deadline=None,
        # Shrinking takes minutes; a failing life says enough as it is.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(MoneyHere, settings=settings)
