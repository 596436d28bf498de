"""Loading the sample municipality: once, and all of it or nothing."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from portfolio.access.rules import Role
from portfolio.access.service import create_key
from portfolio.area_imports import impact
from portfolio.area_imports import service as area_imports
from portfolio.area_imports.previewing import Preview
from portfolio.area_imports.rules import Area, Change, compare
from portfolio.areas.boundary_files import BoundaryFile, read_boundaries
from portfolio.areas.models import AreaScheme
from portfolio.areas.service import create_scheme
from portfolio.clock import Act, now
from portfolio.database.engine import snapshot, transaction
from portfolio.database.lookup import find_by_code
from portfolio.errors import Refused
from portfolio.events.service import find_events
from portfolio.investments.models import Investment
from portfolio.organisation.models import Body, Department
from portfolio.organisation.service import create_body, create_department
from portfolio.programs import service as programs
from portfolio.programs.models import Program
from portfolio.programs.schemas import ProgramIn
from portfolio.sample import indicators, money
from portfolio.sample.content import SAMPLE_DATA, Content, read_content
from portfolio.sample.history import live

ACTOR = "sample"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many of each, and a key for each role, which can't be read again later."""

    counts: dict[str, int]
    tokens: dict[str, str]


def load_once(engine: Engine) -> Loaded | None:
    """Load the sample municipality in one transaction; None if it was loaded before.

    Raises:
        Refused: Something else in the database has a code that the sample needs.
        NotFound: The files of the sample are not there.
    """
    with snapshot(engine) as session:
        if was_loaded(session):
            return None
    content = read_content(SAMPLE_DATA)
    # Before the transaction, which on SQLite locks out all other writers.
    boundaries = _read(content)
    figures = indicators.read_all(content)
    try:
        with transaction(engine) as session:
            return None if was_loaded(session) else _load(session, content, boundaries, figures)
    except BaseException:
        # Editions of areas are kept in memory by the engine's pool, and this one never came to be.
        engine.dispose()
        raise


def was_loaded(session: Session) -> bool:
    """By its events, which outlive whatever is done with the sample afterwards."""
    return find_events(session, after=0, resource=None, actor=ACTOR, limit=1)[1] > 0


def _read(content: Content) -> BoundaryFile:
    order, file = content.order, content.boundary_file
    return read_boundaries(
        file,
        file.name,
        code_field=order.code_field,
        name_field=order.name_field,
        layer=order.layer,
    )


def _load(
    session: Session,
    content: Content,
    boundaries: BoundaryFile,
    figures: list[indicators.ReadFile],
) -> Loaded:
    _refuse_taken_codes(session, content)
    act = Act(actor=ACTOR, at=now())
    for body in content.bodies:
        create_body(session, act, **body.model_dump())
    for department in content.departments:
        create_department(session, act, **department.model_dump())
    # Before the investments: a round freezes the rates that its components need.
    money.enter_rates(session, act, content.money)
    _import_areas(session, act, content, boundaries)
    indicators.register_all(session, act, content, figures)
    program = programs.create_program(session, act, _program_data(content.program))
    for member in content.members:
        programs.add_member(session, act, program, member.model_dump())
    for history in content.histories:
        live(session, act, history)
    money.steer(session, act, program, content)
    return Loaded(_counts(content, boundaries), _create_keys(session, act, content))


def _refuse_taken_codes(session: Session, content: Content) -> None:
    wanted: list[tuple[type[Any], str]] = [
        *((Body, body.code) for body in content.bodies),
        *((Department, department.code) for department in content.departments),
        (AreaScheme, content.scheme.code),
        (Program, content.program.code),
        *((Investment, history.investment.code) for history in content.histories),
    ]
    taken = [code for model, code in wanted if find_by_code(session, model, code) is not None]
    if taken:
        codes = ", ".join(taken)
        raise Refused(
            f"Exempelkommunen behöver koder som redan är upptagna ({codes}); ladda den i en tom "
            "databas, som PORTFOLIO_DATABASE_URL pekar ut.",
            f"The sample municipality needs codes that are taken already ({codes}); load it into "
            "an empty database, which PORTFOLIO_DATABASE_URL names.",
        )


def _import_areas(session: Session, act: Act, content: Content, boundaries: BoundaryFile) -> None:
    """Preview and apply; nothing has to be asked, since the scheme is new."""
    scheme = create_scheme(session, act, **content.scheme.model_dump())
    areas = {one.code: Area(one.name, one.geometry) for one in boundaries.features}
    comparison = compare({}, areas, content.order.extent)
    previewed = Preview(
        scheme=scheme.code,
        scheme_id=scheme.id or 0,
        base_edition_id=None,
        valid_from=content.order.valid_from,
        extent=content.order.extent,
        source=boundaries.source,
        comparison=comparison,
        issues=boundaries.issues,
        impact=impact.no_impact(),
        changes=tuple((Change.ADDED, code, areas[code]) for code in comparison.added),
    )
    row = area_imports.create_import(session, act, previewed)
    area_imports.apply_import(session, act, row, {})


def _program_data(program: ProgramIn) -> dict[str, Any]:
    """The mandate is stored as JSON, so its date is text."""
    data = program.model_dump()
    data["mandate"]["decided_on"] = data["mandate"]["decided_on"].isoformat()
    data["steering"] = program.steering.value
    return data


def _create_keys(session: Session, act: Act, content: Content) -> dict[str, str]:
    tokens = {}
    for key in content.keys:
        _, token = create_key(
            session, act, role=Role(key.role), name=key.name, department=key.department
        )
        tokens[str(key.role)] = token
    return tokens


def _counts(content: Content, boundaries: BoundaryFile) -> dict[str, int]:
    visits = [visit for history in content.histories for visit in history.visits]
    return {
        "areas": len(boundaries.features),
        "bodies": len(content.bodies),
        "departments": len(content.departments),
        "programs": 1,
        "members": len(content.members),
        "investments": len(content.histories),
        "assessments": sum(visit.steps is not None for visit in visits),
        "recommendations": sum(visit.recommendation is not None for visit in visits),
        "decisions": sum(visit.decision is not None for visit in visits),
        **money.counts(content),
        "indicator files": len(content.indicator_files),
        "keys": len(content.keys),
    }
