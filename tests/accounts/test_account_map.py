"""What accounts mean (M3), as a rule and through the API."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from portfolio.accounts.account_map import AccountMap, Range, find_clashes
from portfolio.accounts.rules import Direction, Type
from tests.scenario import ok

Keys = dict[str, dict[str, str]]
PATH = "/v1/account-map"
EXPENSE = (Type.OPERATING, Direction.EXPENSE)

DIGITS = st.text("0123456789", min_size=1, max_size=3)
RANGE = st.tuples(DIGITS, DIGITS).map(lambda ends: Range(min(ends), max(ends), *EXPENSE))
RANGES = st.lists(RANGE.filter(lambda one: not one.is_empty), max_size=6)


def put(client: TestClient, headers: dict[str, str], *ranges: Any) -> Any:
    tag = client.get(PATH, headers=headers).headers["etag"]
    body = {"ranges": list(ranges)}
    return client.put(PATH, json=body, headers={**headers, "If-Match": tag})


def entry(first: Any, last: str, type: Any = "operating", direction: Any = "expense") -> Any:
    return {"first": first, "last": last, "type": type, "direction": direction}


@pytest.mark.parametrize(
    ("first", "last", "account", "covered"),
    [
        ("4", "8", "4010", True),
        ("4", "8", "8999", True),
        ("4", "8", "3999", False),
        ("4", "8", "9000", False),
        ("1130", "1130", "1130", True),
        ("1130", "1130", "11301", True),
        ("1130", "1130", "113", False),
        ("11", "1299", "12995", True),
        ("11", "1299", "1300", False),
    ],
)
def test_a_range_covers_accounts_by_their_first_digits(first, last, account, covered):
    assert Range(first, last, *EXPENSE).covers(account) == covered


def test_the_most_precise_range_holds():
    broad, narrow = Range("1", "1", *EXPENSE), Range("1130", "1139", None, None)
    accounts = AccountMap([broad, narrow])

    assert accounts.find("1130") == narrow
    assert accounts.find("1140") == broad
    assert accounts.find("2000") is None


@given(RANGES, st.text("0123456789", min_size=1, max_size=4))
def test_without_clashes_every_account_has_one_meaning(ranges, account):
    covering = [one for one in ranges if one.covers(account)]
    best = max((one.precision for one in covering), default=0)

    if not find_clashes(ranges):
        assert sum(one.precision == best for one in covering) == bool(covering)


@given(RANGES)
def test_clashes_are_pairs_that_overlap_and_are_equally_precise(ranges):
    for former, latter in find_clashes(ranges):
        assert former != latter
        assert ranges[former].overlaps(ranges[latter])
        assert ranges[former].precision == ranges[latter].precision


def test_the_map_of_kommun_bas_is_there_from_the_start(client: TestClient, keys: Keys):
    """M3: class 1 is capital, 3 income, 4-8 expense, 2 left out."""
    shown = ok(client.get(PATH, headers=keys["viewer"]), 200)

    assert shown["ranges"] == [
        entry("1", "1", "capital"),
        entry("2", "2", None, None),
        entry("3", "3", "operating", "income"),
        entry("4", "8"),
    ]


def test_a_map_is_replaced_whole_and_the_event_tells_both(client: TestClient, keys: Keys):
    before = client.get(PATH, headers=keys["finance"]).json()

    answer = put(client, keys["finance"], entry("4", "8"), entry("1130", "1139", "capital"))

    shown = ok(answer, 200)
    assert shown["ranges"] == [entry("1130", "1139", "capital"), entry("4", "8")]
    read = client.get(PATH, headers=keys["viewer"])
    assert read.json() == shown
    assert read.headers["etag"] == answer.headers["etag"]
    events = client.get("/v1/events", params={"resource": PATH}, headers=keys["admin"]).json()
    (event,) = events["items"]
    assert (event["action"], event["before"], event["after"]) == (
        "account_map.changed",
        before,
        shown,
    )


def test_an_empty_map_can_be_filled_again(client: TestClient, keys: Keys):
    assert ok(put(client, keys["finance"]), 200) == {"ranges": []}
    assert ok(put(client, keys["finance"], entry("4", "8")), 200)["ranges"] == [entry("4", "8")]


def test_a_map_is_changed_only_from_what_was_read(client: TestClient, keys: Keys):
    body: Any = {"ranges": []}
    stale = {**keys["finance"], "If-Match": '"0"'}

    assert client.put(PATH, json=body, headers=keys["finance"]).status_code == 428
    assert client.put(PATH, json=body, headers=stale).status_code == 412
    assert len(client.get(PATH, headers=keys["viewer"]).json()["ranges"]) == 4


@pytest.mark.parametrize(
    ("ranges", "pointer"),
    [
        ([entry("4", "6"), entry("5", "8")], "/ranges/1"),
        ([entry("4", "8"), entry("4", "8", None, None)], "/ranges/1"),
        ([entry("55", "57"), entry("4", "8"), entry("50", "60")], "/ranges/0"),
        ([entry("8", "4")], "/ranges/0/last"),
        ([entry("4", "8", "capital", None)], "/ranges/0"),
        ([entry("4", "8", None, "income")], "/ranges/0"),
        ([entry("", "8")], "/ranges/0/first"),
        ([entry("4\0", "8")], "/ranges/0/first"),
        ([entry(4, "8")], "/ranges/0/first"),
        ([entry("4", "8", "both")], "/ranges/0/type"),
        ([{"first": "4"}], "/ranges/0/last"),
        ([{**entry("4", "8"), "name": "Kostnader"}], "/ranges/0/name"),
        ([entry(f"{n:04d}", f"{n:04d}") for n in range(1001)], "/ranges"),
    ],
)
def test_a_map_that_contradicts_itself_is_refused(
    client: TestClient, keys: Keys, ranges: Any, pointer: str
):
    answer = put(client, keys["finance"], *ranges)

    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert len(client.get(PATH, headers=keys["viewer"]).json()["ranges"]) == 4


def test_a_thousand_ranges_are_kept(client: TestClient, keys: Keys):
    ranges = [entry(f"{number:04d}", f"{number:04d}") for number in range(1000)]

    assert ok(put(client, keys["finance"], *ranges), 200)["ranges"] == ranges
