"""Investments, new and known, from the rows of a sheet."""

from collections.abc import Mapping, Sequence
from typing import Any

from portfolio.areas.wording import shortened
from portfolio.investments.models import Investment
from portfolio.investments.schemas import InvestmentIn, InvestmentPatch, plain
from portfolio.table_imports.cells import Reader
from portfolio.table_imports.entries import Entry, own_fields
from portfolio.table_imports.rules import Row

TEXTS = ("name", "kind", "problem", "description", "starts_on", "ends_on", "serves")


def read_investment_rows(reader: Reader, rows: Sequence[Row]) -> list[Entry]:
    """An entry for each investment; its rows must agree, and their amounts add up."""
    entries: dict[str, Entry] = {}
    for row in rows:
        noted = len(reader.issues)
        code = reader.text(row, "code") or ""
        existing = reader.known.investments.get(code)
        fields = _fields(reader, row, code, existing) if code else {}
        if not code:
            reader.no_code(row, "code")
        entry = entries.setdefault(
            code or f"\n{row.number}", Entry(code, row.number, existing, fields)
        )
        is_sound = not entry.is_refused and len(reader.issues) == noted
        if is_sound and fields != entry.fields:
            _contradiction(reader, row, code)
        department = fields.get("department") or (existing.department if existing else None)
        if reader.order.years and department is not None:
            entry.lines += reader.lines(row, department)
        entry.is_refused |= len(reader.issues) > noted
    return list(entries.values())


def _fields(reader: Reader, row: Row, code: str, existing: Investment | None) -> dict[str, Any]:
    if existing is None:
        return _new(reader, row, code)
    if reader.order.own not in (None, existing.department):
        reader.not_own(row, existing.department)
        return {}
    return _changes(reader, row, existing)


def _new(reader: Reader, row: Row, code: str) -> dict[str, Any]:
    """All fields of an investment that is not there yet."""
    noted = len(reader.issues)
    said: dict[str, Any] = {"code": code, **{name: reader.given(row, name) for name in TEXTS}}
    said["department"] = reader.department(row, reader.given(row, "department"))
    said["program"] = reader.program(row, reader.given(row, "program"))
    said["location"] = _areas(reader, row)
    if said["location"] is None and reader.order.not_located_reason is not None:
        said["location"] = {"not_located": reader.order.not_located_reason}
    if len(reader.issues) > noted:
        return {}
    given = {name: value for name, value in said.items() if value is not None}
    if "location" not in given:
        reader.fault(
            row,
            "area",
            "no_location",
            "Ange område, eller not_located_reason för dem som inte har något.",
            "Give an area, or not_located_reason for those without one.",
        )
        return {}
    investment = reader.valid(row, InvestmentIn, given)
    if investment is None:
        return {}
    if reader.order.own not in (None, investment.department):
        reader.not_own(row, investment.department)
        return {}
    return _as_json(plain(investment))


def _changes(reader: Reader, row: Row, existing: Investment) -> dict[str, Any]:
    """The fields in which a row differs; an empty cell changes nothing."""
    noted = len(reader.issues)
    said: dict[str, Any] = {name: reader.text(row, name) for name in TEXTS}
    said["department"] = reader.department(row, reader.text(row, "department"))
    said["program"] = reader.program(row, reader.text(row, "program"))
    said["location"] = _areas(reader, row)
    now = own_fields(existing, reader.known.program_of(existing))
    given = {name: value for name, value in said.items() if value is not None}
    dates = {name: now[name] for name in ("starts_on", "ends_on") if now[name]}
    patch = reader.valid(row, InvestmentPatch, {**dates, **given})
    if patch is None or len(reader.issues) > noted:
        return {}
    wanted = _as_json(plain(patch, exclude_unset=True))
    changes = {name: value for name, value in wanted.items() if value != now[name]}
    if reader.order.own not in (None, changes.get("department", reader.order.own)):
        reader.not_own(row, changes["department"])
    if "program" in changes and (existing.rounds or existing.decisions):
        reader.fault(
            row,
            "program",
            "program_kept",
            "Investeringen har bedömningar eller beslut i sitt program och kan inte flyttas (G1).",
            "The investment has assessments or decisions in its program and can't be moved (G1).",
        )
    return changes


def _areas(reader: Reader, row: Row) -> dict[str, Any] | None:
    """The areas that a row names, with equal shares; None if it names none."""
    said = reader.text(row, "area")
    if said is None:
        return None
    codes = [code.strip() for code in said.split(";") if code.strip()]
    unknown = [code for code in codes if not reader.known.has_area(code)]
    if unknown or not codes or len(set(codes)) < len(codes):
        names = ", ".join(shortened(code) for code in unknown[:5])
        reader.fault(
            row,
            "area",
            "unknown_area",
            f"Ange indelningens områden en gång var, med semikolon mellan. Saknas: {names or '-'}.",
            f"Give areas of the scheme once each, parted by semicolons. Missing: {names or '-'}.",
        )
        return None
    scheme, share = reader.order.scheme, 1 / len(codes)
    return {"areas": [{"scheme": scheme, "code": code, "share": share} for code in codes]}


def _as_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """With dates as text, as they are kept until the import is applied."""
    dates = {name: data[name].isoformat() for name in ("starts_on", "ends_on") if data.get(name)}
    return {**data, **dates}


def _contradiction(reader: Reader, row: Row, code: str) -> None:
    reader.fault(
        row,
        "code",
        "contradiction",
        f"Raden säger annat om {shortened(code)} än en tidigare; bara beloppen får skilja.",
        f"The row says otherwise of {shortened(code)} than one before; only amounts may differ.",
    )
