"""The published investments as an OC4IDS project package, a thousand in memory at a time.

The rule is the map's (`investment_layer.visible`), always as the public sees it: a key must not
let what is unpublished slip into a file that is meant to be passed on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

import orjson
import shapely
import sqlalchemy as sa
from sqlmodel import Session, select

from portfolio.areas import repository as areas
from portfolio.clock import rfc3339
from portfolio.database.base import table
from portfolio.errors import NotFound
from portfolio.events.models import Event
from portfolio.exports.oc4ids_project import NamedPlace, Project, Publication, project_json
from portfolio.exports.temporary import written
from portfolio.gates.models import GateDecision
from portfolio.gates.repository import decisions_of
from portfolio.gates.rules import effective
from portfolio.investments.models import Investment
from portfolio.investments.repository import SharesView, find_shares, scheme_codes
from portfolio.investments.rules import Status
from portfolio.language import Language
from portfolio.maps import investment_layer
from portfolio.maps.investment_layer import Viewed, raw_shape
from portfolio.organisation.models import Body, Department
from portfolio.programs.models import GateTemplate, Program
from portfolio.programs.rules import Template
from portfolio.programs.service import template_of

VERSION = "0.9"
CHUNK = 1000
# A change of these changes what a package says; so they are called in events.
PUBLISHED = (
    "name",
    "kind",
    "program",
    "department",
    "location",
    "starts_on",
    "ends_on",
    "restricted",
    "published",
)


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, under which licence; what is empty is left out."""

    base: str
    prefix: str
    name: str
    scheme: str = ""
    uid: str = ""
    licence: str = ""
    policy: str = ""


def write_package(
    session: Session, publisher: Publisher, today: date, language: Language
) -> IO[bytes]:
    """The package as a file that is open at its end and gone when it is closed.

    The same published content gives the same bytes, whatever else has happened.

    Raises:
        NotFound: Nothing is published, and a package has at least one project.
    """
    published_at = _changed_at(session, today)
    if published_at is None:
        raise NotFound(
            "Ännu är ingenting publicerat: det behövs ett publicerat program med en beslutad "
            "investering.",
            "Nothing is published yet: that takes a published program with an investment that "
            "is decided on.",
        )
    return written(_pieces(session, publisher, published_at, today, language))


def _pieces(
    session: Session, publisher: Publisher, published_at: datetime, today: date, language: Language
) -> Iterator[bytes]:
    departments, bodies = (
        dict(session.exec(select(model.code, model.name)).all()) for model in (Department, Body)
    )
    publication = Publication(publisher.base, publisher.prefix, language, departments, bodies)
    yield orjson.dumps(_head(publisher, published_at))[:-1] + b',"projects":['
    for number, project in enumerate(published_projects(session, today)):
        yield (b",\n" if number else b"\n") + project_json(project, publication)
    yield b"\n]}\n"


def _head(publisher: Publisher, published_at: datetime) -> dict[str, Any]:
    named = {"name": publisher.name, "scheme": publisher.scheme, "uid": publisher.uid}
    found = {
        "uri": f"{publisher.base}/v1/export/oc4ids",
        "version": VERSION,
        "publishedDate": rfc3339(published_at),
        "publisher": {name: value for name, value in named.items() if value},
        "license": publisher.licence,
        "publicationPolicy": publisher.policy,
    }
    return {name: value for name, value in found.items() if value}


def published_projects(session: Session, today: date) -> Iterator[Project]:
    """Every investment that the public may see, in order of code."""
    templates = {row.id: template_of(row) for row in session.exec(select(GateTemplate))}
    places = _Places(session, today)
    after: str | None = None
    while rows := _rows(session, today, after):
        ids = [row.id for row in rows]
        decisions = decisions_of(session, ids)
        named = [row.id for row in rows if "areas" in row.location]
        shares = find_shares(session, today, investment_ids=named) if named else {}
        for row in rows:
            in_force = effective(decisions.get(row.id, ()))
            yield _project(row, templates[row.template_id], in_force, places.of(row, shares))
        after = rows[-1].code


def _rows(session: Session, today: date, after: str | None) -> Sequence[Any]:
    own, programs, viewed = table(Investment).c, table(Program).c, Viewed(True, today)
    public = investment_layer.columns(True)
    names = ("id", "code", "name", "kind", "department", "gate_position")
    query = (
        sa.select(*(own[name] for name in names), own.starts_on, own.ends_on, own.location)
        .add_columns(own.template_id, public["status"].label("status"))
        .add_columns(public["decided_total"].label("decided"), raw_shape(own.geometry))
        .add_columns(programs.code.label("program"), programs.name.label("program_name"))
        .select_from(table(Investment).join(table(Program), programs.id == own.program_id))
        .where(*investment_layer.visible(session, viewed))
        .order_by(own.code)
        .limit(CHUNK)
    )
    if after is not None:
        query = query.where(own.code > after)
    return session.execute(query).all()


def _project(
    row: Any, template: Template, in_force: Sequence[Any], areas: Sequence[NamedPlace]
) -> Project:
    return Project(
        code=row.code,
        name=row.name,
        kind=row.kind,
        department=row.department,
        status=Status(row.status),
        position=row.gate_position,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        decided=row.decided,
        program=row.program,
        program_name=row.program_name,
        template=template,
        decisions=in_force,
        geometry=shapely.from_wkb(row.geometry),
        areas=areas,
        municipality_wide="municipality_wide" in row.location,
    )


class _Places:
    """The areas that investments name, by what they are called today (A6)."""

    def __init__(self, session: Session, today: date) -> None:
        self._session = session
        codes = scheme_codes(session)
        self._editions = {
            codes[scheme_id]: edition
            for scheme_id, edition in areas.editions_on(session, today).items()
        }
        self._names: dict[str, dict[str, str]] = {}

    def of(self, row: Any, shares: Mapping[int, Mapping[str, SharesView]]) -> list[NamedPlace]:
        schemes = sorted({area["scheme"] for area in row.location.get("areas", ())})
        found = shares.get(row.id, {})
        return [
            NamedPlace(scheme, code, self._names_in(scheme).get(code, code))
            for scheme in schemes
            if scheme in found
            for code in found[scheme].areas
        ]

    def _names_in(self, scheme: str) -> Mapping[str, str]:
        if scheme not in self._names:
            rows = areas.find_areas(self._session, self._editions[scheme].id or 0)
            self._names[scheme] = {row.code: row.name for row in rows}
        return self._names[scheme]


def _changed_at(session: Session, today: date) -> datetime | None:
    """When what is published last changed; None where nothing is published.

    Not when anything changed: the end of the chain would tell of drafts and of other programs.
    """
    own, programs, decisions = table(Investment), table(Program), table(GateDecision)
    seen = investment_layer.visible(session, Viewed(True, today))
    joined = own.join(programs, programs.c.id == own.c.program_id)
    decided: datetime | None = session.execute(
        sa.select(sa.func.max(decisions.c.recorded_at))
        .select_from(joined.join(decisions, decisions.c.investment_id == own.c.id))
        .where(*seen)
    ).scalar_one()
    if decided is None:
        return None
    of_programs = sa.select("/v1/programs/" + programs.c.code).select_from(joined).where(*seen)
    of_investments = sa.select("/v1/investments/" + own.c.code).select_from(joined).where(*seen)
    newest = _newest_event(session, of_programs, ("program.created", "program.changed"), decided)
    return _newest_event(session, of_investments, ("investment.changed",), newest)


def _newest_event(
    session: Session, resources: sa.Select[Any], actions: Sequence[str], since: datetime
) -> datetime:
    """When the newest of some events happened that changed what is published, or `since`."""
    events = table(Event).c
    query = (
        sa.select(events.at, events.before, events.after)
        .where(events.resource.in_(resources), events.action.in_(actions), events.at > since)
        .order_by(events.id.desc())
        .execution_options(yield_per=100)
    )
    # Closed when one is found: the driver of PostgreSQL has them wait on the server.
    with session.execute(query) as found:
        for event in found:
            before = event.before or {}
            if any(before.get(name) != event.after.get(name) for name in PUBLISHED):
                at: datetime = event.at
                return at
    return since
