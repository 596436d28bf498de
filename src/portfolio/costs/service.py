"""Keeping components, consequence lines and internal rates; each change retracts a row (M4)."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlmodel import Session

from portfolio.amounts import format_amount
from portfolio.clock import Act
from portfolio.costs import repository
from portfolio.costs.models import Component, ConsequenceLine, InternalRate
from portfolio.costs.repository import Numbered
from portfolio.database.lookup import named_in_body
from portfolio.errors import InvalidBody, NotFound, RateMissing, Reason, Refused
from portfolio.events.service import record
from portfolio.investments.models import Investment
from portfolio.investments.rules import Kind
from portfolio.investments.service import resource
from portfolio.language import Text
from portfolio.money.service import LARGEST
from portfolio.organisation.models import Department

COMPONENT_FIELDS = (
    "name",
    "acquisition",
    "residual",
    "useful_life_years",
    "in_use_from",
    "land",
    "department",
    "grant",
)
LINE_FIELDS = ("category", "department", "year", "to_year", "amount", "note")
SEGMENTS: Mapping[type[Any], str] = {Component: "components", ConsequenceLine: "consequence-lines"}
RATES = "/v1/internal-rates"


def shown_component(row: Component) -> dict[str, Any]:
    return {
        "id": row.number,
        "name": row.name,
        "acquisition": format_amount(row.acquisition),
        "residual": format_amount(row.residual),
        "useful_life_years": row.useful_life_years,
        "in_use_from": row.in_use_from.isoformat() if row.in_use_from else None,
        "land": row.land,
        "department": row.department,
        "grant": format_amount(row.grant),
    }


def shown_line(row: ConsequenceLine) -> dict[str, Any]:
    return {
        "id": row.number,
        "category": row.category,
        "department": row.department,
        "year": row.year,
        "to_year": row.to_year,
        "amount": format_amount(row.amount),
        "note": row.note,
    }


def shown_rate(row: InternalRate) -> dict[str, Any]:
    return {"year": row.year, "rate": row.rate, "source": row.source}


def get_component(session: Session, investment: Investment, number: int) -> Component:
    row = repository.find_row(session, Component, investment.id or 0, number)
    if row is None:
        raise NotFound(
            f"{investment.code} har ingen komponent {number}.",
            f"{investment.code} has no component {number}.",
        )
    return row


def get_line(session: Session, investment: Investment, number: int) -> ConsequenceLine:
    row = repository.find_row(session, ConsequenceLine, investment.id or 0, number)
    if row is None:
        raise NotFound(
            f"{investment.code} har ingen driftkonsekvensrad {number}.",
            f"{investment.code} has no consequence line {number}.",
        )
    return row


def add_component(
    session: Session, act: Act, investment: Investment, fields: Mapping[str, Any]
) -> Component:
    _refuse_social(investment)
    row = _component(session, act, investment, fields)
    _number(session, row)
    _check_components(session, investment)
    after = shown_component(row)
    record(session, act, "component.created", path(investment, row), after=after)
    return row


def _refuse_social(investment: Investment) -> None:
    if investment.kind == Kind.SOCIAL:
        raise Refused(
            f"{investment.code} är en social investering: den är driftmedel och skrivs inte av. "
            "Lägg kostnaderna i planraderna eller i den sociala kalkylen.",
            f"{investment.code} is a social investment: operating money, which is not depreciated. "
            "Put the costs in the plan lines or in the social case.",
            [
                Reason(
                    "M2",
                    Text(
                        "Sociala investeringar har inga komponenter.",
                        "Social investments have no components.",
                    ),
                )
            ],
        )


def change_component(
    session: Session, act: Act, investment: Investment, row: Component, changes: Mapping[str, Any]
) -> Component:
    former = {name: getattr(row, name) for name in COMPONENT_FIELDS}
    changed = _component(session, act, investment, {**former, **changes})
    _replace(session, act, row, changed)
    _check_components(session, investment)
    before, after = shown_component(row), shown_component(changed)
    record(session, act, "component.changed", path(investment, row), before=before, after=after)
    return changed


def remove_component(session: Session, act: Act, investment: Investment, row: Component) -> None:
    _retract(session, act, row)
    record(session, act, "component.deleted", path(investment, row), before=shown_component(row))


def add_line(
    session: Session, act: Act, investment: Investment, fields: Mapping[str, Any]
) -> ConsequenceLine:
    row = _line(session, act, investment, fields)
    _number(session, row)
    _check_lines(session, investment)
    record(session, act, "consequence_line.created", path(investment, row), after=shown_line(row))
    return row


def change_line(
    session: Session,
    act: Act,
    investment: Investment,
    row: ConsequenceLine,
    changes: Mapping[str, Any],
) -> ConsequenceLine:
    former = {name: getattr(row, name) for name in LINE_FIELDS}
    changed = _line(session, act, investment, {**former, **changes})
    _replace(session, act, row, changed)
    _check_lines(session, investment)
    before, after = shown_line(row), shown_line(changed)
    where = path(investment, row)
    record(session, act, "consequence_line.changed", where, before=before, after=after)
    return changed


def remove_line(session: Session, act: Act, investment: Investment, row: ConsequenceLine) -> None:
    _retract(session, act, row)
    where = path(investment, row)
    record(session, act, "consequence_line.deleted", where, before=shown_line(row))


def path(investment: Investment, row: Component | ConsequenceLine) -> str:
    return f"{resource(investment)}/{SEGMENTS[type(row)]}/{row.number}"


def _component(
    session: Session, act: Act, investment: Investment, fields: Mapping[str, Any]
) -> Component:
    _check_component(fields)
    if fields["department"] is not None:
        named_in_body(session, Department, fields["department"], "/department")
    values = {name: fields[name] for name in COMPONENT_FIELDS}
    return Component(investment_id=investment.id or 0, recorded_at=act.at, **values)


def _check_component(fields: Mapping[str, Any]) -> None:
    if fields["residual"] > fields["acquisition"]:
        raise InvalidBody.at(
            "/residual",
            "Restvärdet kan inte vara större än anskaffningsvärdet; sänk det.",
            "The residual value can't be more than the acquisition value; lower it.",
        )
    if fields["useful_life_years"] is None and not fields["land"]:
        raise InvalidBody.at(
            "/useful_life_years",
            "Ange nyttjandetiden i år; bara mark kan sakna den.",
            "Give the useful life in years; only land can be without one.",
        )
    if fields["land"] and fields["grant"]:
        raise InvalidBody.at(
            "/grant",
            "Ett bidrag till mark löses inte upp; lägg det på den komponent som det gäller.",
            "A grant for land is not dissolved; put it on the component it is for.",
        )


def _line(
    session: Session, act: Act, investment: Investment, fields: Mapping[str, Any]
) -> ConsequenceLine:
    if fields["to_year"] < fields["year"]:
        raise InvalidBody.at(
            "/to_year", "to_year ligger före year; rätta åren.", "to_year is before year; correct."
        )
    named_in_body(session, Department, fields["department"], "/department")
    values = {name: fields[name] for name in LINE_FIELDS}
    values["category"] = str(values["category"])
    return ConsequenceLine(investment_id=investment.id or 0, recorded_at=act.at, **values)


def _check_components(session: Session, investment: Investment) -> None:
    rows = repository.find_rows(session, Component, investment.id or 0)
    _check_size("/acquisition", (row.acquisition + row.grant for row in rows))


def _check_lines(session: Session, investment: Investment) -> None:
    rows = repository.find_rows(session, ConsequenceLine, investment.id or 0)
    _check_size("/amount", (row.amount * (row.to_year - row.year + 1) for row in rows))


def _check_size(pointer: str, amounts: Iterable[int]) -> None:
    """What an investment has in all stays within what one amount may be."""
    if sum(amounts) > LARGEST:
        raise InvalidBody.at(
            pointer,
            f"Investeringen får tillsammans mer än {format_amount(LARGEST)} kronor; minska "
            "beloppet.",
            f"The investment would have more than SEK {format_amount(LARGEST)} in all; lower the "
            "amount.",
        )


def _number(session: Session, row: Numbered) -> None:
    session.add(row)
    session.flush()
    row.number = row.id
    session.flush()


def _replace(session: Session, act: Act, former: Numbered, row: Numbered) -> None:
    _retract(session, act, former)
    row.number = former.number
    session.add(row)
    session.flush()


def _retract(session: Session, act: Act, row: Component | ConsequenceLine | InternalRate) -> None:
    row.retracted_at = act.at
    session.add(row)
    session.flush()


def get_rate(session: Session, year: int) -> InternalRate:
    row = repository.find_rate(session, year)
    if row is None:
        raise NotFound(
            f"Det finns ingen internränta för {year}.", f"There is no internal rate for {year}."
        )
    return row


def add_rates(
    session: Session, act: Act, *, year: int, to_year: int, rate: str, source: str
) -> InternalRate:
    """The same rate for each year from `year` through `to_year`: all of them, or none.

    Returns:
        The first year's.
    """
    if to_year < year:
        raise InvalidBody.at(
            "/to_year", "to_year ligger före year; rätta åren.", "to_year is before year; correct."
        )
    taken = [row.year for row in repository.find_rates(session) if year <= row.year <= to_year]
    if taken:
        listed = listed_years(taken)
        raise Refused(
            f"Internränta finns redan för {listed}; ändra den i stället.",
            f"There is an internal rate already for {listed}; change it instead.",
        )
    rows = [
        InternalRate(year=each, rate=rate, source=source, recorded_at=act.at)
        for each in range(year, to_year + 1)
    ]
    session.add_all(rows)
    session.flush()
    for row in rows:
        where = f"{RATES}/{row.year}"
        record(session, act, "internal_rate.created", where, after=shown_rate(row))
    return rows[0]


def change_rate(
    session: Session, act: Act, row: InternalRate, changes: Mapping[str, Any]
) -> InternalRate:
    former = {"rate": row.rate, "source": row.source}
    changed = InternalRate(year=row.year, recorded_at=act.at, **{**former, **changes})
    _retract(session, act, row)
    session.add(changed)
    session.flush()
    before, after = shown_rate(row), shown_rate(changed)
    where = f"{RATES}/{row.year}"
    record(session, act, "internal_rate.changed", where, before=before, after=after)
    return changed


def remove_rate(session: Session, act: Act, row: InternalRate) -> None:
    _retract(session, act, row)
    where = f"{RATES}/{row.year}"
    record(session, act, "internal_rate.deleted", where, before=shown_rate(row))


def rate_missing(years: Iterable[int]) -> RateMissing:
    """The refusal that names every year without a rate, with a reason for each."""
    missing = sorted(years)
    listed = listed_years(missing)
    return RateMissing(
        f"Internränta saknas för {listed}; lägg in den under {RATES}.",
        f"There is no internal rate for {listed}; enter it at {RATES}.",
        [
            Reason(
                "M2",
                Text(f"Internränta saknas för {year}.", f"There is no internal rate for {year}."),
            )
            for year in missing
        ],
    )


def listed_years(years: Iterable[int]) -> str:
    """Years as people write them: `2027, 2030-2034`."""
    spans: list[list[int]] = []
    for year in sorted(years):
        if spans and year == spans[-1][1] + 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
