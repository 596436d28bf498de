"""Registering who decides and who delivers, and the municipality's own settings."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from portfolio.access.models import ApiKey
from portfolio.amounts import format_amount
from portfolio.clock import Act
from portfolio.database.lookup import count, named_in_body, refuse_taken_code
from portfolio.errors import InUse
from portfolio.events.models import Event
from portfolio.events.service import record
from portfolio.organisation.models import Body, DecisionLevelRow, Department, Setting
from portfolio.organisation.rules import DecisionLevel, Level

SETTINGS_PATH = "/v1/settings"
# Migrations write a row for each, so that there is something to lock.
DEFAULT_SETTINGS: Mapping[str, Any] = {
    "sliver_percent": 1.0,
    "reconsideration_tolerance_percent": 10.0,
    "overlap_tolerance_m2": 1.0,
    "gap_tolerance_m": 0.1,
    "interest_convention": "opening",
    # Empty: the only index there is.
    "price_index": "",
    "reallocation_body": "council",
    # As much as takes no particular body by the decision levels that are there from the start.
    "reallocation_limit": "15000000.00",
    "reallocation_days": 90,
    "outcome_tolerance_percent": 10.0,
    "release_tolerance_percent": 10.0,
}


def shown_body(body: Body) -> dict[str, Any]:
    return {"code": body.code, "name": body.name, "level": body.level}


def shown_department(department: Department) -> dict[str, Any]:
    return {
        "code": department.code,
        "name": department.name,
        "committee": department.committee,
    }


def shown_level(row: DecisionLevelRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "valid_from": row.valid_from.isoformat(),
        "above": format_amount(row.above),
        "level": row.level,
    }


def create_body(session: Session, act: Act, *, code: str, name: str, level: Level) -> Body:
    refuse_taken_code(session, Body, code)
    body = Body(code=code, name=name, level=level.value)
    session.add(body)
    session.flush()
    record(session, act, "body.created", f"/v1/bodies/{code}", after=shown_body(body))
    return body


def change_body(session: Session, act: Act, body: Body, changes: Mapping[str, Any]) -> None:
    before = shown_body(body)
    body.name = changes.get("name", body.name)
    body.level = str(changes.get("level", body.level))
    session.flush()
    record(
        session,
        act,
        "body.changed",
        f"/v1/bodies/{body.code}",
        before=before,
        after=shown_body(body),
    )


def create_department(
    session: Session, act: Act, *, code: str, name: str, committee: str
) -> Department:
    refuse_taken_code(session, Department, code)
    named_in_body(session, Body, committee, "/committee")
    department = Department(code=code, name=name, committee=committee)
    session.add(department)
    session.flush()
    after = shown_department(department)
    record(session, act, "department.created", f"/v1/departments/{code}", after=after)
    return department


def change_department(
    session: Session, act: Act, department: Department, changes: Mapping[str, Any]
) -> None:
    before = shown_department(department)
    if "committee" in changes:
        named_in_body(session, Body, changes["committee"], "/committee")
    department.sqlmodel_update(dict(changes))
    session.flush()
    resource = f"/v1/departments/{department.code}"
    record(
        session,
        act,
        "department.changed",
        resource,
        before=before,
        after=shown_department(department),
    )


def delete_department(session: Session, act: Act, department: Department) -> None:
    keys = (ApiKey.department == department.code, col(ApiKey.revoked_at).is_(None))
    if count(session, ApiKey, *keys):
        raise _department_in_use()
    resource = f"/v1/departments/{department.code}"
    record(session, act, "department.deleted", resource, before=shown_department(department))
    session.delete(department)
    try:
        session.flush()
    except IntegrityError as error:
        # Investments, plan lines and members point here; the database knows them all.
        raise _department_in_use() from error


def _department_in_use() -> InUse:
    return InUse(
        "Förvaltningen används av investeringar, planrader, ramar, programgrupper eller nycklar; "
        "flytta dem till en annan förvaltning eller återkalla nycklarna först.",
        "Investments, plan lines, frames, program groups or keys use the department; move them to "
        "another or revoke the keys first.",
    )


def add_decision_level(
    session: Session, act: Act, *, valid_from: date, above: int, level: Level
) -> DecisionLevelRow:
    row = DecisionLevelRow(
        valid_from=valid_from, above=above, level=level.value, recorded_at=act.at
    )
    session.add(row)
    session.flush()
    after = shown_level(row)
    record(session, act, "decision_level.created", "/v1/decision-levels", after=after)
    return row


def find_decision_levels(session: Session) -> list[DecisionLevelRow]:
    return list(session.exec(select(DecisionLevelRow).order_by(col(DecisionLevelRow.id))))


def decision_rules(session: Session) -> list[DecisionLevel]:
    """The dated rules of G12, as the pure rule takes them."""
    return [
        DecisionLevel(row.valid_from, row.above, Level(row.level))
        for row in find_decision_levels(session)
    ]


def get_settings(session: Session) -> dict[str, Any]:
    stored = {row.name: row.value for row in session.exec(select(Setting))}
    return {**DEFAULT_SETTINGS, **stored}


def settings_at(session: Session, known_at: datetime | None) -> dict[str, Any]:
    """The settings as they were known at a time, by the events of their changes; None for now."""
    current = get_settings(session)
    if known_at is None:
        return current
    later = select(Event).where(Event.resource == SETTINGS_PATH, col(Event.at) > known_at)
    first = session.exec(later.order_by(col(Event.id)).limit(1)).first()
    # What a setting was before it existed is what it began with.
    return current if first is None else {**DEFAULT_SETTINGS, **first.before}


def hold_settings(session: Session, *, to_change: bool = False) -> None:
    """Keep the settings as they are until the commit: what is derived by them stays right.

    Whoever changes one waits for those who derive by it, and they for it. Their rows are there
    from the start, so that there is something to lock.
    """
    session.exec(select(Setting).with_for_update(read=not to_change)).all()


def change_settings(session: Session, act: Act, changes: Mapping[str, Any]) -> dict[str, Any]:
    before = get_settings(session)
    if "reallocation_body" in changes:
        named_in_body(session, Body, changes["reallocation_body"], "/reallocation_body")
    for name, value in changes.items():
        session.merge(Setting(name=name, value=value))
    session.flush()
    after = get_settings(session)
    record(session, act, "settings.changed", SETTINGS_PATH, before=before, after=after)
    return after
