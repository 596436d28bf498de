"""What took over areas, and the money that moves between them, in the answer of an import."""

from typing import Any

from pydantic import Field

from portfolio.area_imports.tracing import Kind
from portfolio.web.fields import Money, Outgoing

LINEAGE: list[dict[str, Any]] = [
    {
        "code": "1280R032",
        "name": "Lindängen",
        "kind": "split",
        "successors": [{"code": "1280R053", "share": 0.6}, {"code": "1280R054", "share": 0.4}],
        "outside": 0.0,
    }
]
_NOTHING = {"total": "0.00", "capital": "0.00", "operating": "0.00"}
_ALL = {"total": "1000000.00", "capital": "1000000.00", "operating": "0.00"}


def _both(before: str, after: str) -> dict[str, str]:
    return {
        "before_total": before,
        "before_capital": before,
        "before_operating": "0.00",
        "after_total": after,
        "after_capital": after,
        "after_operating": "0.00",
    }


MONEY: dict[str, Any] = {
    **_ALL,
    "areas": [
        {"code": "1280R032", "name": "Lindängen", **_both("1000000.00", "0.00")},
        {"code": "1280R053", "name": "Södra Lindängen", **_both("0.00", "600000.00")},
        {"code": "1280R054", "name": "Norra Lindängen", **_both("0.00", "400000.00")},
    ],
    "unchanged": _NOTHING,
    "outside": _both("0.00", "0.00"),
    "municipality_wide": _NOTHING,
    "not_located": _NOTHING,
    "moves": [
        {
            "from": "1280R032",
            "to": "1280R053",
            "total": "600000.00",
            "capital": "600000.00",
            "operating": "0.00",
        },
        {
            "from": "1280R032",
            "to": "1280R054",
            "total": "400000.00",
            "capital": "400000.00",
            "operating": "0.00",
        },
    ],
    "undecided": _NOTHING,
}


class SuccessorOut(Outgoing):
    code: str
    share: float = Field(ge=0, le=1)


class TraceOut(Outgoing):
    """A code that vanishes, and what lies where its area lay."""

    code: str
    name: str
    kind: Kind = Field(
        description="`renamed`: the same area under a new code; `split`: into new areas that hold "
        "nothing else; `merged`: into one that holds others too; `spread`: over several that do; "
        "`gone`: no area lies there."
    )
    successors: list[SuccessorOut] = Field(description="By surface; the shares sum to 1.")
    outside: float = Field(ge=0, le=1, description="What part of it no area covers any more.")


class SumsOut(Outgoing):
    total: Money
    capital: Money
    operating: Money


class BothSumsOut(Outgoing):
    before_total: Money
    before_capital: Money
    before_operating: Money
    after_total: Money
    after_capital: Money
    after_operating: Money


class AreaMoneyOut(BothSumsOut):
    code: str
    name: str


class MoveOut(SumsOut):
    giver: str | None = Field(alias="from", description="Null for outside all areas.")
    taker: str | None = Field(alias="to")


class MovedMoneyOut(SumsOut):
    """The forecast of all investments, all years, apportioned before and after the import.

    Areas, `unchanged`, `outside`, `municipality_wide` and `not_located` sum to the total, before
    as after.
    """

    areas: list[AreaMoneyOut] = Field(description="Those whose money changes.")
    unchanged: SumsOut = Field(description="What all other areas hold.")
    outside: BothSumsOut
    municipality_wide: SumsOut
    not_located: SumsOut
    moves: list[MoveOut] = Field(description="From where to where, as far as that can be told.")
    undecided: SumsOut = Field(description="What moves between several areas, in the areas' sums.")
