"""The papers over HTTP."""

import hashlib
import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response

from portfolio.investments.router import InvestmentDep
from portfolio.language import Language
from portfolio.papers.gate_paper import gate_paper
from portfolio.papers.plan import Asked, plan
from portfolio.papers.typesetter import Paper, set_paper
from portfolio.programs.router import ProgramDep
from portfolio.web.dependencies import ActDep, ExportLanguageDep, SessionDep
from portfolio.web.fields import Date
from portfolio.web.replies import ENTITY_TAG
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute)

MEDIA_TYPE = "application/pdf"
# What a file may be called, whatever a code holds: it is sent in a header.
UNSAFE_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")
PAPERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The paper: PDF/UA-1, tagged for those who hear it.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "The paper is the one that If-None-Match names."},
}


# `async` only so that FastAPI calls it in place instead of in a thread.
async def get_known(
    known: Annotated[
        str | None,
        Header(
            alias="If-None-Match",
            description="The ETag of a paper you have: an unchanged one is not sent again.",
        ),
    ] = None,
) -> frozenset[str]:
    """The tags of what the caller has. A proxy that compresses makes them weak; they count too."""
    return frozenset(tag for _, tag in ENTITY_TAG.findall(known or ""))


KnownDep = Annotated[frozenset[str], Depends(get_known)]


@router.get(
    "/v1/programs/{program}/plan.pdf",
    response_class=Response,
    responses=PAPERS,
    tags=["status"],
    summary="Download the plan of a program",
)
def read_plan(
    row: ProgramDep,
    session: SessionDep,
    act: ActDep,
    language: ExportLanguageDep,
    known: KnownDep,
    as_of: Annotated[
        Date | None, Query(description="With the decisions made up to this date (M4).")
    ] = None,
) -> Response:
    """Where a program is and where it wants to move, on one A3; a list follows if it must."""
    asked = Asked(act.today, as_of, language)
    name = f"programplan-{row.code}"
    return _paper(lambda: plan(session, row, asked), known, name, asked.on, language)


@router.get(
    "/v1/investments/{investment}/gate-paper.pdf",
    response_class=Response,
    responses=PAPERS,
    tags=["assessments"],
    summary="Download the gate paper of an investment",
)
def read_gate_paper(
    row: InvestmentDep,
    session: SessionDep,
    act: ActDep,
    language: ExportLanguageDep,
    known: KnownDep,
) -> Response:
    """What, when, economy, responsible and decision level, for the body that is to decide."""
    name = f"grindunderlag-{row.code}"
    asked = (known, name, act.today, language)
    return _paper(lambda: gate_paper(session, act, row, language), *asked)


def _paper(
    read: Callable[[], Paper], known: frozenset[str], name: str, on: date, language: Language
) -> Response:
    paper = set_paper(read)
    tag = hashlib.sha256(paper).hexdigest()[:32]
    headers = {"Content-Language": language, "ETag": f'"{tag}"'}
    if tag in known:
        return Response(status_code=304, headers=headers)
    safe = UNSAFE_IN_A_NAME.sub("_", name)
    headers["Content-Disposition"] = f'inline; filename="{safe}-{on}.pdf"'
    return Response(paper, media_type=MEDIA_TYPE, headers=headers)
