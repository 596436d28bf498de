"""What the sample municipality has, read from the files in `sample_data/`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from portfolio.area_imports.service import Order
from portfolio.areas.schemas import SchemeIn
from portfolio.budget.schemas import AllocationIn, FrameIn
from portfolio.costs.schemas import ComponentIn, LineIn, RateIn
from portfolio.errors import NotFound
from portfolio.gates.schemas import DecisionIn, RecommendationIn, Steps
from portfolio.investments.schemas import InvestmentIn
from portfolio.money.schemas import PlanLineIn
from portfolio.organisation.schemas import BodyIn, DepartmentIn, KeyIn
from portfolio.planning.prices import PriceIndexIn
from portfolio.programs.schemas import MemberIn, ProgramIn
from portfolio.social.schemas import SocialCaseIn
from portfolio.steering.schemas import ConsentIn, ReallocationIn
from portfolio.web.fields import Code, Date, Incoming, Name, Prose, WholeNumber, Year

# Beside the source, as the migrations are.
SAMPLE_DATA = Path(__file__).resolve().parents[3] / "sample_data"
ORGANISATION = "fictional_organisation.toml"
PROGRAM = "fictional_program_lindangen.toml"
MONEY = "fictional_money.toml"
INDICATORS = {
    "population": "fictional_population_2025.csv",
    "area_type": "fictional_area_types_2025.csv",
}
INVESTMENTS = ("fictional_investments_physical.toml", "fictional_investments_social.toml")

Years = dict[str, WholeNumber]


class Plan(Incoming):
    """Kronor by year, apart for each type and direction."""

    capital: Years = Field(default_factory=dict)
    operating: Years = Field(default_factory=dict)
    capital_income: Years = Field(default_factory=dict)
    operating_income: Years = Field(default_factory=dict)

    def lines(self, department: str) -> list[dict[str, Any]]:
        """As plan lines are stored, all of one department."""
        found = []
        for name, years in self:
            type_, _, direction = name.partition("_")
            for year, kronor in years.items():
                line = PlanLineIn.model_validate(
                    {
                        "year": int(year),
                        "type": type_,
                        "direction": direction or "expense",
                        "department": department,
                        "amount": f"{kronor}.00",
                    }
                )
                found.append(line.model_dump())
        return found


class Met(Incoming):
    """A condition of the visit's decision that has been met."""

    condition: WholeNumber
    met_on: Date
    note: Prose


class Visit(Incoming):
    """What happened at a gate, in the order of these fields."""

    gate: Code
    plan: Plan | None = None
    component: list[ComponentIn] = Field(default_factory=list)
    consequence_line: list[LineIn] = Field(default_factory=list)
    steps: Steps | None = None
    draft: bool = False
    recommendation: RecommendationIn | None = None
    replaces_latest: bool = False
    decided: Plan | None = None
    decision: dict[str, Any] | None = None
    met: list[Met] = Field(default_factory=list)

    def decision_data(self, department: str) -> dict[str, Any]:
        """The decision as its service takes it, still without the one it supersedes."""
        given = DecisionIn.model_validate({**(self.decision or {}), "gate": self.gate})
        lines = self.decided.lines(department) if self.decided else []
        return {**given.model_dump(), "decided_lines": lines}


@dataclass(frozen=True, slots=True)
class History:
    """An investment, and its visits to the gates in order."""

    investment: InvestmentIn
    visits: tuple[Visit, ...]


class Proposal(Incoming):
    """A reallocation, and what has been decided about it so far."""

    reallocation: ReallocationIn
    consent: list[ConsentIn] = Field(default_factory=list)


class Accounts(Incoming):
    """A year's file from the accounts."""

    file: Name
    ledger: Name
    year: Year


class SocialCaseOf(Incoming):
    """The social case of one investment."""

    investment: Code
    case: SocialCaseIn


class Money(Incoming):
    """Rates and indices, and a year's money: granted, shared out, asked to be moved, booked."""

    internal_rate: list[RateIn]
    price_index: list[PriceIndexIn]
    frame: list[FrameIn]
    allocation: list[AllocationIn]
    accounts: Accounts
    proposal: list[Proposal]
    social_case: list[SocialCaseOf]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that is loaded."""

    bodies: tuple[BodyIn, ...]
    departments: tuple[DepartmentIn, ...]
    keys: tuple[KeyIn, ...]
    scheme: SchemeIn
    boundary_file: Path
    order: Order
    program: ProgramIn
    members: tuple[MemberIn, ...]
    histories: tuple[History, ...]
    money: Money
    ledger_file: Path
    # By indicator.
    indicator_files: dict[str, Path]


def read_content(folder: Path) -> Content:
    """The content of the files, each checked as what is sent over HTTP is.

    Raises:
        NotFound: The folder is not there: the tool was installed without its source.
    """
    if not folder.is_dir():
        raise NotFound(
            f"Exempelkommunens filer finns inte i {folder}; kör kommandot ur en utcheckning av "
            "källkoden.",
            f"The files of the sample municipality are not in {folder}; run the command from a "
            "checkout of the source.",
        )
    organisation, opened = _read(folder / ORGANISATION), _read(folder / PROGRAM)
    program = ProgramIn.model_validate(opened["program"])
    scheme = SchemeIn.model_validate(opened["scheme"])
    boundaries = dict(opened["boundaries"])
    boundary_file = folder / boundaries.pop("file")
    money = Money.model_validate(_read(folder / MONEY))
    histories = [
        _history(raw, program.code)
        for name in INVESTMENTS
        for raw in _read(folder / name)["investment"]
    ]
    return Content(
        bodies=tuple(BodyIn.model_validate(raw) for raw in organisation["body"]),
        departments=tuple(DepartmentIn.model_validate(raw) for raw in organisation["department"]),
        keys=read_keys(folder),
        scheme=scheme,
        boundary_file=boundary_file,
        order=Order(scheme=scheme.code, **boundaries),
        program=program,
        members=tuple(MemberIn.model_validate(raw) for raw in opened["member"]),
        histories=tuple(histories),
        money=money,
        ledger_file=folder / money.accounts.file,
        indicator_files={name: folder / file for name, file in INDICATORS.items()},
    )


def read_keys(folder: Path) -> tuple[KeyIn, ...]:
    """The keys that are handed out: for which role, and for which department or bodies."""
    return tuple(KeyIn.model_validate(raw) for raw in _read(folder / ORGANISATION)["key"])


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def _history(raw: dict[str, Any], program: str) -> History:
    fields = {name: value for name, value in raw.items() if name != "visit"}
    investment = InvestmentIn.model_validate({**fields, "program": program})
    return History(investment, tuple(Visit.model_validate(visit) for visit in raw["visit"]))
