"""Opening programs and keeping them; gate templates in versions."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, select

from portfolio.areas import lineage
from portfolio.areas.models import AreaScheme
from portfolio.clock import Act
from portfolio.database.lookup import named_in_body, refuse_taken_code
from portfolio.errors import InUse, InvalidBody, NotFound
from portfolio.events.service import record
from portfolio.organisation.models import Body, Department
from portfolio.programs.models import GateTemplate, Program, ProgramArea, ProgramMember
from portfolio.programs.rules import Template
from portfolio.programs.steering import steering_of_program

OWN_FIELDS = (
    "name",
    "mandate",
    "deciding_body",
    "gate_template",
    "coordinator",
    "starts_on",
    "ends_on",
    "published",
)


def resource(program: Program) -> str:
    return f"/v1/programs/{program.code}"


def shown_program(session: Session, program: Program, on: date) -> dict[str, Any]:
    """The program as it is answered: areas by their codes of that date (A6), and its mode (S6)."""
    return {
        "code": program.code,
        "name": program.name,
        "areas": shown_areas(session, program, on),
        "mandate": program.mandate,
        "deciding_body": program.deciding_body,
        "steering": steering_of_program(session, program, on).value,
        "gate_template": program.gate_template,
        "coordinator": program.coordinator,
        "starts_on": program.starts_on.isoformat() if program.starts_on else None,
        "ends_on": program.ends_on.isoformat() if program.ends_on else None,
        "published": program.published,
    }


def shown_areas(session: Session, program: Program, on: date) -> list[dict[str, str]]:
    codes = dict(session.exec(select(AreaScheme.id, AreaScheme.code)).all())
    shown: list[dict[str, str]] = []
    for area in program_areas(session, program):
        for code in lineage.current_codes(session, area.scheme_id, area.code, area.named_on, on):
            entry = {"scheme": codes[area.scheme_id], "code": code}
            if entry not in shown:
                shown.append(entry)
    return shown


def program_areas(session: Session, program: Program) -> list[ProgramArea]:
    query = select(ProgramArea).where(ProgramArea.program_id == program.id)
    return list(session.exec(query.order_by(col(ProgramArea.position))))


def create_program(session: Session, act: Act, data: Mapping[str, Any]) -> Program:
    """`data` has the fields of the contract, dates as dates, areas as scheme and code."""
    refuse_taken_code(session, Program, data["code"])
    _check_references(session, data)
    fields = {name: data[name] for name in OWN_FIELDS}
    program = Program(code=data["code"], steering=data["steering"], **fields)
    session.add(program)
    session.flush()
    _name_areas(session, act, program, data["areas"])
    after = shown_program(session, program, act.today)
    record(session, act, "program.created", resource(program), after=after)
    return program


def change_program(
    session: Session, act: Act, program: Program, changes: Mapping[str, Any]
) -> None:
    before = shown_program(session, program, act.today)
    _check_references(session, changes)
    for name in OWN_FIELDS:
        if name in changes:
            setattr(program, name, changes[name])
    if program.starts_on and program.ends_on and program.ends_on < program.starts_on:
        raise InvalidBody.at(
            "/ends_on", "ends_on ligger före starts_on.", "ends_on is before starts_on."
        )
    if "areas" in changes:
        _name_areas(session, act, program, changes["areas"])
    session.flush()
    after = shown_program(session, program, act.today)
    record(session, act, "program.changed", resource(program), before=before, after=after)


def delete_program(session: Session, act: Act, program: Program) -> None:
    before = shown_program(session, program, act.today)
    before["members"] = [shown_member(member) for member in find_members(session, program)]
    for model in (ProgramArea, ProgramMember):
        session.exec(delete(model).where(col(model.program_id) == program.id))
    record(session, act, "program.deleted", resource(program), before=before)
    session.delete(program)
    try:
        session.flush()
    except IntegrityError as error:
        raise InUse(
            "Programmet har investeringar eller ramar. Flytta investeringarna ur programmet eller "
            "ta bort dem; ett program som har fått pengar tas inte bort.",
            "The program has investments or frames. Move the investments out of it or delete them; "
            "a program that was granted money is not deleted.",
        ) from error


def _check_references(session: Session, data: Mapping[str, Any]) -> None:
    if "deciding_body" in data:
        named_in_body(session, Body, data["deciding_body"], "/deciding_body")
    if "mandate" in data:
        named_in_body(session, Body, data["mandate"]["decided_by"], "/mandate/decided_by")
    if "gate_template" in data and newest_template(session, data["gate_template"]) is None:
        raise InvalidBody.at(
            "/gate_template",
            f"Det finns ingen grindmodell {data['gate_template']}.",
            f"There is no gate template {data['gate_template']}.",
        )


def _name_areas(
    session: Session, act: Act, program: Program, areas: Sequence[Mapping[str, str]]
) -> None:
    query = delete(ProgramArea).where(col(ProgramArea.program_id) == program.id)
    session.exec(query)
    seen = set()
    for index, area in enumerate(areas):
        scheme_id = lineage.area_named_in_body(session, area, f"/areas/{index}")
        if (scheme_id, area["code"]) in seen:
            raise InvalidBody.at(
                f"/areas/{index}", "Området nämns redan.", "The area is named already."
            )
        seen.add((scheme_id, area["code"]))
        session.add(
            ProgramArea(
                program_id=program.id or 0,
                scheme_id=scheme_id,
                code=area["code"],
                named_on=act.today,
                position=index,
            )
        )
    session.flush()


def shown_member(member: ProgramMember) -> dict[str, Any]:
    return {
        "id": member.id,
        "name": member.name,
        "department": member.department,
        "role": member.role,
    }


def find_members(session: Session, program: Program) -> list[ProgramMember]:
    query = select(ProgramMember).where(ProgramMember.program_id == program.id)
    return list(session.exec(query.order_by(col(ProgramMember.id))))


def get_member(session: Session, program: Program, member_id: int) -> ProgramMember:
    member = session.get(ProgramMember, member_id)
    if member is None or member.program_id != program.id:
        raise NotFound(
            f"Programmet har ingen medlem {member_id}.", f"The program has no member {member_id}."
        )
    return member


def add_member(
    session: Session, act: Act, program: Program, data: Mapping[str, Any]
) -> ProgramMember:
    if data["department"] is not None:
        named_in_body(session, Department, data["department"], "/department")
    member = ProgramMember(program_id=program.id or 0, **data)
    session.add(member)
    session.flush()
    record(session, act, "member.added", _member(program, member), after=shown_member(member))
    return member


def change_member(
    session: Session, act: Act, program: Program, member: ProgramMember, changes: Mapping[str, Any]
) -> None:
    if changes.get("department") is not None:
        named_in_body(session, Department, changes["department"], "/department")
    before = shown_member(member)
    member.sqlmodel_update(dict(changes))
    session.flush()
    after = shown_member(member)
    record(session, act, "member.changed", _member(program, member), before=before, after=after)


def remove_member(session: Session, act: Act, program: Program, member: ProgramMember) -> None:
    before = shown_member(member)
    record(session, act, "member.removed", _member(program, member), before=before)
    session.delete(member)
    session.flush()


def _member(program: Program, member: ProgramMember) -> str:
    return f"{resource(program)}/members/{member.id}"


def find_template(session: Session, code: str, version: int | None) -> GateTemplate | None:
    """That version of a template, or its newest for None."""
    if version is None:
        return newest_template(session, code)
    query = select(GateTemplate).where(GateTemplate.code == code, GateTemplate.version == version)
    return session.exec(query).one_or_none()


def newest_template(session: Session, code: str) -> GateTemplate | None:
    query = select(GateTemplate).where(GateTemplate.code == code)
    return session.exec(query.order_by(col(GateTemplate.version).desc()).limit(1)).one_or_none()


def newest_templates(session: Session) -> list[GateTemplate]:
    newest = select(GateTemplate.code, func.max(GateTemplate.version)).group_by(GateTemplate.code)
    versions = dict(session.exec(newest).all())
    rows = session.exec(select(GateTemplate).order_by(col(GateTemplate.code)))
    return [row for row in rows if versions[row.code] == row.version]


def add_template(
    session: Session, act: Act, *, code: str, name: str, gates: Sequence[Mapping[str, Any]]
) -> GateTemplate:
    """A new template, or the next version of one; investments keep the version they began with."""
    former = newest_template(session, code)
    template = GateTemplate(
        code=code,
        version=former.version + 1 if former else 1,
        name=name,
        gates=[dict(gate) for gate in gates],
        recorded_at=act.at,
    )
    session.add(template)
    session.flush()
    before = shown_template(former) if former else None
    after = shown_template(template)
    resource = f"/v1/gate-templates/{code}"
    record(session, act, "gate_template.created", resource, before=before, after=after)
    return template


def shown_template(row: GateTemplate) -> dict[str, Any]:
    gates = [{"position": position, **gate} for position, gate in enumerate(row.gates)]
    return {"code": row.code, "version": row.version, "name": row.name, "gates": gates}


def template_of(row: GateTemplate) -> Template:
    return Template.of(row.code, row.version, row.gates)
