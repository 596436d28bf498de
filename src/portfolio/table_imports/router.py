"""Spreadsheets of investments and plan lines over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from portfolio.access.rules import Caller, Role
from portfolio.clock import Act
from portfolio.database.lookup import count
from portfolio.language import Language
from portfolio.table_imports import repository, schemas, service
from portfolio.table_imports.models import TableImport
from portfolio.table_imports.previewing import preview_file
from portfolio.table_imports.rules import Target
from portfolio.web.dependencies import (
    ActDep,
    CallerDep,
    IdPath,
    LanguageDep,
    SessionDep,
)
from portfolio.web.fields import Page
from portfolio.web.paging import Paging, PagingDep
from portfolio.web.replies import nothing, reply, reply_list
from portfolio.web.route import PortfolioRoute
from portfolio.web.uploads import plain_name, require_match_in_either

router = APIRouter(route_class=PortfolioRoute, tags=["tables"])


def _own(caller: Caller) -> str | None:
    return caller.department if caller.role is Role.DEPARTMENT else None


def _listed(session: Session, target: Target, paging: Paging) -> Response:
    key = paging.after(int)
    after = key[0] if key else 0
    rows = repository.find_imports(session, target.value, after, paging.limit + 1)
    total = count(session, TableImport, TableImport.target == target.value)
    return reply_list(paging.page(rows, total, lambda row: (row.id,), service.shown_briefly))


def _previewed(
    request: Request,
    target: Target,
    form: schemas.SheetForm,
    context: tuple[Session, Act, Caller, Language],
) -> Response:
    session, act, caller, language = context
    order = form.order(_own(caller))
    most_bytes = request.app.state.settings.max_upload_bytes
    name = plain_name(form.file)
    # The request's session is not touched before the file is read: see `preview_file`.
    engine, sheet = request.app.state.engine, form.request(order.wanted, most_bytes)
    previewed = preview_file(engine, target, order, sheet, form.file.file, name)
    row = service.create_import(session, act, previewed.kept())
    shown = service.shown_import(row, language)
    return reply(shown, status=201, location=service.resource(row))


def _discarded(
    request: Request, target: Target, id: int, context: tuple[Session, Act, Caller]
) -> Response:
    session, act, caller = context
    row = repository.get_import(session, target.value, id, lock=True)
    service.require_own(row, _own(caller))
    require_match_in_either(request, lambda language: service.shown_import(row, language))
    service.discard_import(session, act, row, _own(caller))
    return nothing()


def _applied(
    target: Target, id: int, context: tuple[Session, Act, Caller], language: Language
) -> Response:
    session, act, caller = context
    row = repository.get_import(session, target.value, id, lock=True)
    service.apply_import(session, act, row, _own(caller))
    return reply(service.shown_import(row, language))


@router.get(
    "/v1/investment-imports",
    response_model=Page[schemas.TableImportBriefOut],
    summary="List the imports of investments",
)
def list_investment_imports(session: SessionDep, paging: PagingDep) -> Response:
    """In the order they came, discarded ones too; one alone also has its issues and changes."""
    return _listed(session, Target.INVESTMENTS, paging)


@router.post(
    "/v1/investment-imports",
    response_model=schemas.TableImportOut,
    status_code=201,
    summary="Preview a spreadsheet of investments",
)
def create_investment_import(
    request: Request,
    form: Annotated[schemas.InvestmentImportIn, Form(media_type="multipart/form-data")],
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
    language: LanguageDep,
) -> Response:
    """Says what applying it would change; until then nothing else has changed.

    `columns` maps our fields to the file's headers. Investments are known by their code; nothing
    is deleted, and an empty cell changes nothing. With `years` the forecast comes along: there an
    empty cell means nothing in that year.
    """
    return _previewed(request, Target.INVESTMENTS, form, (session, act, caller, language))


@router.get(
    "/v1/investment-imports/{id}",
    response_model=schemas.TableImportOut,
    summary="Read an import of investments",
)
def read_investment_import(id: IdPath, session: SessionDep, language: LanguageDep) -> Response:
    """With its issues, and what it changes."""
    row = repository.get_import(session, Target.INVESTMENTS.value, id)
    return reply(service.shown_import(row, language))


@router.delete(
    "/v1/investment-imports/{id}",
    status_code=204,
    summary="Discard a previewed import of investments",
)
def discard_investment_import(
    request: Request, id: IdPath, session: SessionDep, act: ActDep, caller: CallerDep
) -> Response:
    """It stays in the list as `discarded`; one that is applied can't be discarded."""
    return _discarded(request, Target.INVESTMENTS, id, (session, act, caller))


@router.post(
    "/v1/investment-imports/{id}/apply",
    response_model=schemas.TableImportOut,
    summary="Apply an import of investments",
)
def apply_investment_import(
    id: IdPath, session: SessionDep, act: ActDep, caller: CallerDep, language: LanguageDep
) -> Response:
    """All of it or nothing; refused if what the preview was based on has changed since."""
    return _applied(Target.INVESTMENTS, id, (session, act, caller), language)


@router.get(
    "/v1/plan-imports",
    response_model=Page[schemas.TableImportBriefOut],
    summary="List the imports of plan lines",
)
def list_plan_imports(session: SessionDep, paging: PagingDep) -> Response:
    """In the order they came, discarded ones too; one alone also has its issues and changes."""
    return _listed(session, Target.PLAN_LINES, paging)


@router.post(
    "/v1/plan-imports",
    response_model=schemas.TableImportOut,
    status_code=201,
    summary="Preview a spreadsheet of plan lines",
)
def create_plan_import(
    request: Request,
    form: Annotated[schemas.PlanImportIn, Form(media_type="multipart/form-data")],
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
    language: LanguageDep,
) -> Response:
    """Says what applying it would change; until then nothing else has changed.

    `columns` maps our fields to the file's headers: a row a year (`year`, `amount`) or a column a
    year (`years`). Rows of the same investment add up; a negative amount goes the other way.
    """
    return _previewed(request, Target.PLAN_LINES, form, (session, act, caller, language))


@router.get(
    "/v1/plan-imports/{id}",
    response_model=schemas.TableImportOut,
    summary="Read an import of plan lines",
)
def read_plan_import(id: IdPath, session: SessionDep, language: LanguageDep) -> Response:
    """With its issues, and what it changes."""
    row = repository.get_import(session, Target.PLAN_LINES.value, id)
    return reply(service.shown_import(row, language))


@router.delete(
    "/v1/plan-imports/{id}",
    status_code=204,
    summary="Discard a previewed import of plan lines",
)
def discard_plan_import(
    request: Request, id: IdPath, session: SessionDep, act: ActDep, caller: CallerDep
) -> Response:
    """It stays in the list as `discarded`; one that is applied can't be discarded."""
    return _discarded(request, Target.PLAN_LINES, id, (session, act, caller))


@router.post(
    "/v1/plan-imports/{id}/apply",
    response_model=schemas.TableImportOut,
    summary="Apply an import of plan lines",
)
def apply_plan_import(
    id: IdPath, session: SessionDep, act: ActDep, caller: CallerDep, language: LanguageDep
) -> Response:
    """All of it or nothing; refused if what the preview was based on has changed since."""
    return _applied(Target.PLAN_LINES, id, (session, act, caller), language)
