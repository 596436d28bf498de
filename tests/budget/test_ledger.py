"""Double entry: every movement nets to zero, in each pool and in all."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from portfolio.budget.ledger import find_imbalances
from portfolio.budget.rules import Account, Posting, allocating, changes, granting, moving
from portfolio.database.engine import snapshot
from tests.scenario import ok
from tests.steering.moving import Keys, allocate, begin, grant, listed, propose

amounts = st.integers(-(10**15), 10**15)
ids = st.integers(1, 3)
movements = st.one_of(
    st.builds(granting, ids, amounts),
    st.builds(allocating, ids, ids, amounts),
    st.builds(moving, st.tuples(ids, ids), st.tuples(ids, ids), st.integers(1, 10**15)),
)


@given(st.lists(movements))
def test_s5_every_movement_nets_to_zero_and_keeps_the_frame_in_balance(made: list[Any]):
    postings = [posting for movement in made for posting in movement]

    assert sum(posting.amount for posting in postings) == 0
    for change in changes(postings).values():
        assert change.frame == change.allocated + change.reserve


@given(st.tuples(ids, ids), st.tuples(ids, ids), st.integers(1, 10**15))
def test_s3_a_move_leaves_all_frames_together_as_they_were(
    giver: tuple[int, int], receiver: tuple[int, int], amount: int
):
    found = changes(moving(giver, receiver, amount)).values()

    assert sum(change.frame for change in found) == 0
    assert sum(change.allocated for change in found) == 0
    assert all(change.reserve == 0 for change in found)


@pytest.mark.parametrize(
    "postings",
    [
        [Posting(1, Account.RESERVE, 5)],
        [Posting(1, Account.RESERVE, 5), Posting(2, Account.RESERVE, -5)],
        [Posting(1, Account.GRANTED, 5), Posting(1, Account.RESERVE, 5)],
    ],
)
def test_s5_postings_that_do_not_net_to_zero_in_each_pool_are_an_error(postings: list[Posting]):
    with pytest.raises(ValueError, match="net to zero"):
        changes(postings)


def some_money(client: TestClient, keys: Keys) -> None:
    begin(client, keys["admin"], "full")
    ok(grant(client, keys["finance"], "100.00", program="lindangen"))
    ok(allocate(client, keys["finance"], "A", "60.00"))
    ok(allocate(client, keys["finance"], "B", "10.00"))
    ok(propose(client, keys["coordinator"], amount="7.00"))


def test_the_ledger_shows_every_movement_by_whom_it_concerns(client: TestClient, keys: Keys):
    some_money(client, keys)

    def found(**query: Any) -> list[str]:
        return [entry["kind"] for entry in listed(client, keys["viewer"], "/v1/ledger", **query)]

    assert found() == ["frame", "allocation", "allocation", "reallocation"]
    assert found(investment="B") == ["allocation", "reallocation"]
    assert found(program="lindangen", year=2027, type="capital") == found()
    assert found(department="FGK") == found(investment="C") == found(investment="nothing") == []
    (frame, *_) = listed(client, keys["viewer"], "/v1/ledger")
    assert (frame["resource"], frame["decided_by"]) == ("/v1/frames/1", "council")
    assert (frame["dated_on"], frame["case_number"]) == ("2026-06-17", "STK-2026-310")


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        ("UPDATE pool SET frame = frame + 1, reserve = reserve + 1", "frame is"),
        ("UPDATE allocation SET amount = amount + 1 WHERE id = 1", "Allocation 1"),
        ("UPDATE ledger_posting SET amount = amount + 1 WHERE entry_id = 1", "entry 1 nets to"),
        ("DELETE FROM allocation WHERE id = 2", "not allocated"),
    ],
)
def test_what_does_not_follow_from_the_ledger_is_found(
    client: TestClient, keys: Keys, engine: Engine, tampering: str, told: str
):
    some_money(client, keys)
    with snapshot(engine) as session:
        assert find_imbalances(session) == []

    with engine.begin() as connection:
        allow_changes(connection)
        connection.execute(text(tampering))

    with snapshot(engine) as session:
        assert any(told in fault for fault in find_imbalances(session))


def allow_changes(connection: Any) -> None:
    """What somebody with the database's own password could do."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TRIGGER ledger_posting_no_update"))
    else:
        connection.execute(text("ALTER TABLE ledger_posting DISABLE TRIGGER ALL"))
