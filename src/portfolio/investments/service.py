"""Registering investments and keeping their history."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from portfolio.areas import lineage
from portfolio.clock import Act
from portfolio.database.lookup import named_in_body, refuse_taken_code
from portfolio.errors import FieldError, InUse, InvalidBody, Reason, Refused
from portfolio.events.service import record
from portfolio.geometry import GeometryError, parse_location_geometry, to_planar
from portfolio.investments import objects, placing, repository
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.investments.repository import SharesView
from portfolio.investments.rules import plain_geometry, quantised
from portfolio.language import Text
from portfolio.organisation.models import Department
from portfolio.programs.models import GateTemplate, Program
from portfolio.programs.service import newest_template, template_of
from portfolio.shares import MAX_BUFFERED_POSITIONS, as_number, exact_share, is_too_crooked

PLAIN_FIELDS = (
    "name",
    "kind",
    "department",
    "problem",
    "description",
    "serves",
    "starts_on",
    "ends_on",
    "accounting_objects",
    "restricted",
)
PLACE_FIELDS = ("location", "served_areas", "serves")


def resource(investment: Investment) -> str:
    return f"/v1/investments/{investment.code}"


def create_investment(session: Session, act: Act, data: Mapping[str, Any]) -> Investment:
    """`data` has the fields of the contract; its location is checked and its shares derived."""
    refuse_taken_code(session, Investment, data["code"])
    _check_references(session, data)
    investment = Investment(
        code=data["code"],
        located_on=act.today,
        served_areas=data["served_areas"],
        weak_steps=[],
        **_located(data["location"]),
        **{name: data[name] for name in PLAIN_FIELDS},
    )
    _join_program(session, investment, data["program"])
    session.add(investment)
    session.flush()
    placing.place(session, investment, act.at)
    objects.name_objects(session, investment, act.at)
    _keep_version(session, investment, act.at)
    after = shown_investment(session, investment, act.today)
    record(session, act, "investment.created", resource(investment), after=after)
    return investment


def change_investment(
    session: Session, act: Act, investment: Investment, changes: Mapping[str, Any]
) -> None:
    before = shown_investment(session, investment, act.today)
    _check_references(session, changes)
    for name in PLAIN_FIELDS:
        if name in changes:
            setattr(investment, name, changes[name])
    _check_dates(investment)
    if "program" in changes:
        _move_to_program(session, investment, changes["program"])
    if "location" in changes:
        for name, value in _located(changes["location"]).items():
            setattr(investment, name, value)
        investment.located_on = act.today
    if "served_areas" in changes:
        investment.served_areas = changes["served_areas"]
    session.flush()
    if any(name in changes for name in PLACE_FIELDS):
        placing.place(session, investment, act.at)
    if "accounting_objects" in changes:
        objects.name_objects(session, investment, act.at)
    _keep_version(session, investment, act.at)
    after = shown_investment(session, investment, act.today)
    record(session, act, "investment.changed", resource(investment), before=before, after=after)


def delete_investment(session: Session, act: Act, investment: Investment) -> None:
    """Refused where decisions hang on it; what else was entered stays in its events."""
    refusal = InUse(
        "Investeringen har grindbeslut och kan inte tas bort; stoppa den i stället.",
        "The investment has gate decisions and can't be deleted; stop it instead.",
        [
            Reason(
                "G10",
                Text(
                    f"Antal beslut: {investment.decisions}.",
                    f"Number of decisions: {investment.decisions}.",
                ),
            )
        ],
    )
    if investment.decisions:
        raise refusal
    before = shown_investment(session, investment, act.today)
    placing.retract_all(session, investment, act.at)
    objects.retract_objects(session, investment, act.at)
    _close_version(session, investment, act.at)
    record(session, act, "investment.deleted", resource(investment), before=before)
    session.delete(investment)
    try:
        session.flush()
    except IntegrityError as error:
        raise InUse(
            "Investeringen har beslut eller tilldelade medel och kan inte tas bort; stoppa den i "
            "stället.",
            "The investment has decisions or allocations and can't be deleted; stop it instead.",
        ) from error


def _check_references(session: Session, data: Mapping[str, Any]) -> None:
    if "department" in data:
        named_in_body(session, Department, data["department"], "/department")
    for index, area in enumerate(data.get("served_areas", [])):
        lineage.area_named_in_body(session, area, f"/served_areas/{index}")
        if area in data["served_areas"][:index]:
            raise InvalidBody.at(
                f"/served_areas/{index}",
                "Området nämns två gånger; ta bort det ena.",
                "The area is named twice; remove one of them.",
            )
    _check_listed_areas(session, data.get("location", {}).get("areas", []))


def _check_listed_areas(session: Session, listed: Sequence[Mapping[str, Any]]) -> None:
    for index, area in enumerate(listed):
        lineage.area_named_in_body(session, area, f"/location/areas/{index}")
    if len({(area["scheme"], area["code"]) for area in listed}) != len(listed):
        raise InvalidBody.at(
            "/location/areas", "Ett område nämns två gånger.", "An area is named twice."
        )
    try:
        quantised([exact_share(area["share"]) for area in listed])
    except ValueError as error:
        raise InvalidBody.at(
            "/location/areas",
            "Andelarna får sammanlagt vara högst 1.",
            "The shares must sum to at most 1.",
        ) from error


def _check_dates(investment: Investment) -> None:
    if investment.starts_on and investment.ends_on and investment.ends_on < investment.starts_on:
        raise InvalidBody.at(
            "/ends_on", "ends_on ligger före starts_on.", "ends_on is before starts_on."
        )


def _located(location: Mapping[str, Any]) -> dict[str, Any]:
    """The location as it is kept, and its geometry in metres; checked."""
    if "geometry" not in location:
        return {"location": location, "geometry": None}
    planar = _planar(location)
    if is_too_crooked(planar, location["buffer_m"]):
        raise InvalidBody.at(
            "/location/buffer_m",
            f"Förenkla geometrin eller utelämna bufferten: med buffert får den ha högst "
            f"{MAX_BUFFERED_POSITIONS} punkter och inte för många delar som korsar eller ligger "
            "nära varandra.",
            f"Simplify the geometry or leave out the buffer: with a buffer it may have at most "
            f"{MAX_BUFFERED_POSITIONS} positions, and not too many parts that cross or lie close "
            "to each other.",
        )
    kept = {**location, "geometry": plain_geometry(location["geometry"])}
    return {"location": kept, "geometry": planar}


def _planar(location: Mapping[str, Any]) -> Any:
    try:
        return to_planar(parse_location_geometry(location["geometry"]))
    except GeometryError as error:
        pointer = f"/location/geometry{error.pointer}"
        detail = error.detail
        raise InvalidBody(
            "Geometrin kan inte användas; rätta den och skicka igen.",
            "The geometry can't be used; correct it and send again.",
            [FieldError(pointer, detail)],
        ) from error


def _move_to_program(session: Session, investment: Investment, code: str | None) -> None:
    former = session.get(Program, investment.program_id) if investment.program_id else None
    if (former.code if former else None) == code:
        return
    if investment.rounds or investment.decisions:
        raise Refused(
            "Investeringen har bedömningar eller beslut i sitt program och kan inte flyttas.",
            "The investment has assessments or decisions in its program and can't be moved.",
            [
                Reason(
                    "G1",
                    Text(
                        "Grindarna hör till programmet; stoppa investeringen och lägg upp en ny.",
                        "The gates belong to the program; stop the investment and register a new "
                        "one.",
                    ),
                )
            ],
        )
    _refuse_with_money(session, investment)
    _join_program(session, investment, code)


def _refuse_with_money(session: Session, investment: Investment) -> None:
    """Else a program would get a committee's money, or keep what is another's (S4)."""
    if repository.has_money(session, investment.id or 0):
        sv = "Investeringen har tilldelade medel; ekonomi måste ta tillbaka dem först."
        en = "The investment has money allocated; finance must take the allocations back first."
        raise Refused(sv, en, [Reason("S4", Text(sv, en))])


def _join_program(session: Session, investment: Investment, code: str | None) -> None:
    """It stands at the first gate of the program's template, and keeps that version of it (G1)."""
    if code is None:
        investment.program_id = investment.template_id = None
        investment.gate = investment.gate_position = None
        return
    program = named_in_body(session, Program, code, "/program")
    template = newest_template(session, program.gate_template)
    if template is None:
        raise LookupError(f"gate template {program.gate_template} is gone")
    investment.program_id = program.id
    investment.template_id = template.id
    investment.gate = template_of(template).gates[0].code
    investment.gate_position = 0


def _keep_version(session: Session, investment: Investment, at: datetime) -> None:
    _close_version(session, investment, at)
    fields = ("code", "name", "kind", "program_id", "department", "serves", "template_id")
    program = session.get(Program, investment.program_id) if investment.program_id else None
    version = InvestmentVersion(
        investment_id=investment.id or 0,
        recorded_at=at,
        program_code=program.code if program else None,
        steering=program.steering if program else None,
        municipality_wide="municipality_wide" in investment.location,
        **{name: getattr(investment, name) for name in fields},
    )
    session.add(version)
    session.flush()


def _close_version(session: Session, investment: Investment, at: datetime) -> None:
    query = select(InvestmentVersion).where(
        InvestmentVersion.investment_id == investment.id,
        col(InvestmentVersion.replaced_at).is_(None),
    )
    for row in session.exec(query):
        row.replaced_at = at
        session.add(row)
    session.flush()


def shown_investment(session: Session, investment: Investment, on: date) -> dict[str, Any]:
    shares = repository.find_shares(session, on, investment_ids=[investment.id or 0])
    program = session.get(Program, investment.program_id) if investment.program_id else None
    own = {name: getattr(investment, name) for name in repository.LISTED}
    for name in ("starts_on", "ends_on"):
        own[name] = own[name].isoformat() if own[name] else None
    own["program"] = program.code if program else None
    template = session.get(GateTemplate, investment.template_id) if program else None
    own["gate_template"] = _shown_template(template.code, template.version) if template else None
    return {**own, **shown_location(shares.get(investment.id or 0, {}))}


def _shown_template(code: str, version: int) -> dict[str, Any]:
    return {"code": code, "version": version}


def shown_row(row: Sequence[Any], shares: Mapping[str, SharesView]) -> dict[str, Any]:
    """The same from a row of `repository.page`; its JSON is sent as it is kept."""
    _, program, template, version, *listed = row
    own = dict(zip(repository.LISTED, listed, strict=True))
    for name in repository.JSON_LISTED:
        if own[name] is not None:
            own[name] = orjson.Fragment(own[name])
    own["program"] = program
    own["gate_template"] = _shown_template(template, version) if template else None
    own.update(shown_location(shares))
    return own


def shown_location(shares: Mapping[str, SharesView]) -> dict[str, Any]:
    return {
        "area_shares": {scheme: shown_shares(view.areas) for scheme, view in shares.items()},
        "outside": {scheme: as_number(view.outside) for scheme, view in shares.items()},
        "slivers": {
            scheme: shown_shares(view.slivers) for scheme, view in shares.items() if view.slivers
        },
    }


def shown_shares(parts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"code": code, "share": as_number(share)} for code, share in parts.items()]
