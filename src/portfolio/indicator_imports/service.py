"""Indicators: registered from a file, all of it or nothing, and shown."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from portfolio.areas.lineage import Line, line_of
from portfolio.areas.models import AreaScheme
from portfolio.areas.repository import edition_on
from portfolio.clock import Act, rfc3339
from portfolio.database.lookup import named_in_body
from portfolio.errors import FieldError, InvalidBody
from portfolio.events.service import record
from portfolio.indicator_imports.judging import MOST_LISTED, Figure, Judge, warnings_of
from portfolio.indicators import stored
from portfolio.indicators.models import AreaIndicator, IndicatorFile
from portfolio.indicators.rules import KINDS, Aggregation
from portfolio.language import Language, Text
from portfolio.table_imports.rules import Row, Source

COUNTED = ("added", "changed", "unchanged")


@dataclass(frozen=True, slots=True)
class Order:
    """What the sender says of a file."""

    scheme: str
    indicator: str
    source: str
    aggregation: Aggregation | None = None
    decimal: str | None = None


def check_order(session: Session, order: Order) -> None:
    """Refuse what no file could mend, before it is read."""
    named_in_body(session, AreaScheme, order.scheme, "/scheme")
    kind = KINDS.get(order.indicator)
    if kind is not None and order.aggregation not in (None, kind.aggregation):
        raise InvalidBody.at(
            "/aggregation",
            f"{order.indicator} läggs alltid samman med {kind.aggregation}; utelämna fältet.",
            f"{order.indicator} is always put together by {kind.aggregation}; leave the field out.",
        )


def register(
    session: Session, act: Act, order: Order, source: Source, rows: Sequence[Row]
) -> IndicatorFile:
    """Keep the figures of a file: new ones, and those that replace others.

    Raises:
        InvalidBody: Some row is wrong; every one is named, and nothing is kept.
    """
    scheme = named_in_body(session, AreaScheme, order.scheme, "/scheme")
    # Two files of the same scheme wait for each other. SQLite has one writer anyway.
    session.refresh(scheme, with_for_update=True)
    line = line_of(session, scheme.id or 0)
    judge = Judge(order.indicator, order.decimal, frozenset().union(*line.codes.values()))
    figures = _read(judge, line, rows)
    found = order.aggregation or stored.aggregation_of(session, scheme.id or 0, order.indicator)
    said = found.value if found is not None else None
    row = IndicatorFile(
        scheme_id=scheme.id or 0,
        indicator=order.indicator,
        source=order.source,
        file=asdict(source),
        counts={"aggregation": said},
        recorded_at=act.at,
    )
    session.add(row)
    session.flush()
    counts, known = _write(session, act, row, figures)
    issues = warnings_of(figures, _wanted(line, known), known)
    shown = [asdict(issue) for issue in issues]
    row.counts = {"aggregation": said, "counts": counts, "issues": shown}
    session.flush()
    record(session, act, "area_indicators.registered", resource(row), after=_summary(scheme, row))
    return row


def _read(judge: Judge, line: Line, rows: Sequence[Row]) -> list[Figure]:
    if not line.editions:
        raise InvalidBody.at(
            "/scheme",
            "Indelningen har inga områden än; läs in dess gränser först.",
            "The scheme has no areas yet; import its boundaries first.",
        )
    if not rows:
        raise InvalidBody.at(
            "/file",
            "Filen har inga rader under rubrikerna; kontrollera den.",
            "The file has no rows below its headers; check it.",
        )
    figures = judge.read(rows)
    if judge.issues:
        wrong = len(judge.wrong_rows)
        sv, en = ("rader", "rows are") if wrong > 1 else ("rad", "row is")
        raise InvalidBody(
            f"{wrong} {sv} har fel; rätta och skicka filen igen. Inget har sparats.",
            f"{wrong} {en} wrong; correct and send the file again. Nothing was kept.",
            _listed(judge),
        )
    return figures


def _listed(judge: Judge) -> list[FieldError]:
    """As many as an answer has room for, and how many more there are."""
    listed = [FieldError(f"/file/{one.row}/{one.column}", one.detail) for one in judge.issues]
    if judge.faults <= MOST_LISTED:
        return listed
    more = judge.faults - MOST_LISTED + 1
    detail = Text(
        f"Ytterligare {more} fel visas inte; rätta dem som visas och skicka filen igen.",
        f"Another {more} faults are not shown; correct those shown and send the file again.",
    )
    return [*listed[: MOST_LISTED - 1], FieldError("/file", detail)]


def _wanted(line: Line, years: Mapping[int, Set[str]]) -> dict[int, Set[str]]:
    """By year, the codes in force at its end; of the first edition if all begin later."""
    wanted: dict[int, Set[str]] = {}
    for year in years:
        edition = edition_on(line.editions, date(year, 12, 31)) or line.editions[0]
        wanted[year] = line.codes[edition.id or 0]
    return wanted


def _write(
    session: Session, act: Act, row: IndicatorFile, figures: Sequence[Figure]
) -> tuple[dict[str, int], dict[int, set[str]]]:
    """How many were added, changed or left, and which codes have a figure, by year.

    A figure with another source is changed, even if the number is the same.
    """
    years = {figure.year for figure in figures}
    before = {
        (one.code, one.year): one
        for one in stored.find_in_force(session, row.scheme_id, row.indicator, years)
    }
    known: dict[int, set[str]] = {year: set() for year in years}
    for code, year in [*before, *((figure.code, figure.year) for figure in figures)]:
        known[year].add(code)
    sources = stored.find_sources(session, {one.file_id for one in before.values()})
    counts = dict.fromkeys(COUNTED, 0)
    new = []
    for figure in figures:
        old = before.get((figure.code, figure.year))
        effect = _effect(old, figure, row.source, sources)
        counts[effect] += 1
        if effect != "unchanged":
            new.append(_kept(row, act.at, figure))
            _retract(old, act.at)
    session.flush()
    stored.keep_figures(session, new)
    return counts, known


def _effect(
    old: AreaIndicator | None, figure: Figure, source: str, sources: Mapping[int, str]
) -> str:
    if old is None:
        return "added"
    same = (old.value, sources[old.file_id]) == (figure.value, source)
    return "unchanged" if same else "changed"


def _retract(old: AreaIndicator | None, at: datetime) -> None:
    if old is not None:
        old.retracted_at = at


def _kept(row: IndicatorFile, at: datetime, figure: Figure) -> dict[str, Any]:
    return {
        "file_id": row.id,
        "scheme_id": row.scheme_id,
        "indicator": row.indicator,
        **asdict(figure),
        "recorded_at": at,
    }


# Answers


def resource(row: IndicatorFile) -> str:
    return f"/v1/area-indicator-files/{row.id}"


def shown_file(session: Session, row: IndicatorFile, language: Language) -> dict[str, Any]:
    return {
        "id": row.id,
        "scheme": session.get_one(AreaScheme, row.scheme_id).code,
        "indicator": row.indicator,
        "aggregation": row.counts["aggregation"],
        "source": row.source,
        "file": row.file,
        "counts": row.counts["counts"],
        "issues": [
            {**issue, "detail": issue["detail"][language]} for issue in row.counts["issues"]
        ],
        "recorded_at": rfc3339(row.recorded_at),
    }


def _summary(scheme: AreaScheme, row: IndicatorFile) -> dict[str, Any]:
    """For the event: how many, not every figure."""
    return {
        "scheme": scheme.code,
        "indicator": row.indicator,
        "aggregation": row.counts["aggregation"],
        "source": row.source,
        "file": row.file,
        "counts": row.counts["counts"],
    }
