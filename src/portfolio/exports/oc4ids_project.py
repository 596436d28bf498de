"""An investment in the words of OC4IDS 0.9. Pure.

That is the Open Contracting for Infrastructure Data Standard. A field that is not known is left
out: nothing is guessed, and nothing is empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

import orjson
from shapely.geometry.base import BaseGeometry

from portfolio.amounts import format_amount
from portfolio.gates.rules import Decision, Outcome
from portfolio.gates.wording import KINDS, OUTCOMES
from portfolio.geometry import as_geojson_bytes
from portfolio.investments.rules import Status
from portfolio.language import Language, Text
from portfolio.programs.rules import Template

# Of a degree: about a millimetre.
DECIMALS = 8
CASE_NUMBER = Text("Diarienummer", "Case number")
WHOLE_MUNICIPALITY = Text("Hela kommunen", "The whole municipality")
DECISION = Text("Beslut", "Decision")
# By which a decision leads onwards; by the others something is not done yet.
ONWARDS = frozenset({Outcome.PASS, Outcome.AMEND, Outcome.SKIP})


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """An area that an investment names as its place."""

    scheme: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Project:
    """What is published of an investment; `decided` in öre, decisions those in force, in order.

    Its description is not: nobody wrote it for the public, and no other public route shows it.
    """

    code: str
    name: str
    kind: str
    department: str
    status: Status
    position: int
    starts_on: date | None
    ends_on: date | None
    decided: int
    program: str
    program_name: str
    template: Template
    decisions: Sequence[Decision]
    geometry: BaseGeometry | None = None
    areas: Sequence[NamedPlace] = ()
    municipality_wide: bool = False


@dataclass(frozen=True, slots=True)
class Publication:
    """What every project of a package is written with; names of departments and bodies by code."""

    base: str
    prefix: str
    language: Language
    departments: Mapping[str, str]
    bodies: Mapping[str, str]

    def said(self, text: Text) -> str:
        return text.in_language(self.language)


def project_json(project: Project, publication: Publication) -> bytes:
    """The project as the text of an object of `project-schema.json`."""
    code = project.department
    authority = {"name": publication.departments.get(code, code), "id": department_id(code)}
    found = {
        "id": f"{publication.prefix}-{project.code}",
        "title": project.name,
        "status": project_status(project),
        "period": _period(project),
        "additionalClassifications": [_kind(project, publication)],
        "locations": list(_locations(project, publication)),
        "budget": _budget(project),
        "parties": [
            {**authority, "roles": ["publicAuthority"]},
            *_bodies(project, publication),
        ],
        "publicAuthority": authority,
        "milestones": list(_milestones(project, publication)),
        "documents": list(_documents(project, publication)),
        "relatedProjects": [_program(project, publication)],
    }
    return orjson.dumps({name: value for name, value in found.items() if value})


def department_id(code: str) -> str:
    return f"department-{code}"


def moment(day: date) -> str:
    """The start of a day, since the standard has no dates without a time."""
    return f"{day.isoformat()}T00:00:00Z"


def project_status(project: Project) -> str | None:
    """A code of the codelist `projectStatus`; None where none of them is true.

    Nothing is passed yet: identification. Up to the realisation gate: preparation; from there
    implementation; from the handover on maintenance, which the standard also calls operation.
    `cancelled` is by its definition what is stopped before that.
    """
    handover = project.template.position("handover")
    is_handed_over = handover is not None and project.position > handover
    if project.status is Status.STOPPED:
        return None if is_handed_over else "cancelled"
    if project.status is Status.COMPLETED:
        return "completion" if handover is None else "maintenance"
    if is_handed_over:
        return "maintenance"
    if project.position > project.template.realisation_position:
        return "implementation"
    return "preparation" if project.position else "identification"


def _period(project: Project) -> dict[str, str]:
    days = {"startDate": project.starts_on, "endDate": project.ends_on}
    return {name: moment(day) for name, day in days.items() if day is not None}


def _kind(project: Project, publication: Publication) -> dict[str, str]:
    """The standard is for what is built; a social investment must not pass for that."""
    label = publication.said(KINDS[project.kind])
    return {"scheme": "portfolio-kind", "id": project.kind, "description": label}


def _locations(project: Project, publication: Publication) -> Iterator[dict[str, Any]]:
    for number, place in enumerate(_places(project, publication), start=1):
        yield {"id": str(number), **place}


def _places(project: Project, publication: Publication) -> Iterator[dict[str, Any]]:
    if project.municipality_wide:
        yield {"description": publication.said(WHOLE_MUNICIPALITY)}
    for part in _simple_parts(project.geometry):
        yield {"geometry": orjson.Fragment(as_geojson_bytes(part, DECIMALS))}
    for area in project.areas:
        path = f"/v1/area-schemes/{quote(area.scheme)}/areas/{quote(area.code, safe='')}"
        yield {"description": f"{area.name} ({area.code})", "uri": publication.base + path}


def _simple_parts(geometry: BaseGeometry | None) -> list[BaseGeometry]:
    """The standard's geometries have no collections of different kinds."""
    if geometry is None or geometry.is_empty:
        return []
    parts = getattr(geometry, "geoms", ()) if geometry.geom_type == "GeometryCollection" else ()
    return list(parts) or [geometry]


def _budget(project: Project) -> dict[str, Any]:
    """What is decided, and when it was; nothing as long as no amount is."""
    last = _approval(project)
    if last is None:
        return {}
    amount = orjson.Fragment(format_amount(project.decided))
    return {
        "amount": {"amount": amount, "currency": "SEK"},
        "approvalDate": moment(last.decided_on),
    }


def _approval(project: Project) -> Decision | None:
    """The decision whose amounts are the decided ones; None where those are nothing."""
    if project.decided == 0:
        return None
    return next((one for one in reversed(project.decisions) if one.decides_lines), None)


def _bodies(project: Project, publication: Publication) -> Iterator[dict[str, Any]]:
    """Who has decided. The standard has no role for that, so they have none."""
    for code in dict.fromkeys(one.decided_by for one in project.decisions):
        yield {"name": publication.bodies.get(code, code), "id": f"body-{code}"}


def _title(project: Project, decision: Decision, publication: Publication) -> str:
    known = {gate.code: gate.name for gate in project.template.gates}
    outcome = publication.said(OUTCOMES[decision.outcome])
    return f"{known.get(decision.gate, decision.gate)}: {outcome}"


def _milestones(project: Project, publication: Publication) -> Iterator[dict[str, str]]:
    """One for each gate decision, numbered within the project: an id would tell of others."""
    realisation = project.template.gates[project.template.realisation_position].code
    for number, one in enumerate(project.decisions, start=1):
        said = publication.bodies.get(one.decided_by, one.decided_by)
        found = {"id": str(number), "title": _title(project, one, publication), "description": said}
        if one.outcome not in ONWARDS:
            on = moment(one.decided_on)
            yield {**found, "type": "assessment", "status": "notMet", "dateModified": on}
            continue
        found |= {"type": "approval", "status": "met", "dateMet": moment(one.decided_on)}
        if one.outcome is Outcome.PASS and one.gate == realisation:
            found["code"] = "projectApproval"
        yield found


def _documents(project: Project, publication: Publication) -> Iterator[dict[str, str]]:
    """The minutes of each decision: not on the web, but in the registry under its number."""
    approval = _approval(project)
    for number, one in enumerate(project.decisions, start=1):
        found = {
            "id": str(number),
            "title": f"{publication.said(DECISION)}, {_title(project, one, publication)}",
            "accessDetails": f"{publication.said(CASE_NUMBER)} {one.case_number}",
            "author": publication.bodies.get(one.decided_by, one.decided_by),
        }
        if one is approval:
            is_amended = one.outcome is Outcome.AMEND
            found["documentType"] = "budgetAmendmentApproval" if is_amended else "budgetApproval"
        yield found


def _program(project: Project, publication: Publication) -> dict[str, str]:
    """The program it is a part of; no code of `relatedProject` says that, so none is given."""
    return {
        "id": "1",
        "identifier": project.program,
        "title": project.program_name,
        "uri": f"{publication.base}/v1/programs/{quote(project.program)}",
    }
