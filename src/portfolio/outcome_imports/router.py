"""Files from the accounts, and what accounts mean, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from portfolio.accounts import service as accounts
from portfolio.accounts.models import OutcomeImport
from portfolio.accounts.report import ReaderLimits
from portfolio.accounts.repository import lock_ranges
from portfolio.database.lookup import count
from portfolio.outcome_imports import repository, schemas, service
from portfolio.outcome_imports.previewing import Order, preview_file
from portfolio.web.dependencies import ActDep, IdPath, LanguageDep, SessionDep
from portfolio.web.fields import Page
from portfolio.web.paging import PagingDep
from portfolio.web.replies import nothing, reply, reply_list, require_match
from portfolio.web.route import PortfolioRoute
from portfolio.web.uploads import plain_name, require_match_in_either

router = APIRouter(route_class=PortfolioRoute, tags=["accounts"])


def known_outcome_import(id: IdPath, session: SessionDep) -> OutcomeImport:
    return repository.get_import(session, id)


def _for_change(request: Request, id: IdPath, session: SessionDep) -> OutcomeImport:
    """Locked. The tag of the import as it is now, in either language, is a match."""
    row = repository.get_import(session, id, lock=True)
    require_match_in_either(request, lambda language: service.shown_import(row, language))
    return row


def _map_for_change(request: Request, session: SessionDep) -> None:
    lock_ranges(session)
    require_match(request, accounts.shown_map(session))


@router.get(
    "/v1/account-map", response_model=schemas.AccountMapOut, summary="Read what accounts mean"
)
def read_account_map(session: SessionDep) -> Response:
    """Ranges of accounts with their type and direction (M3); null for those left out.

    An account belongs to the most precise range that covers it: `1130` to `1130` goes before
    `1` to `1`.
    """
    return reply(accounts.shown_map(session))


@router.put(
    "/v1/account-map",
    response_model=schemas.AccountMapOut,
    dependencies=[Depends(_map_for_change)],
    summary="Replace what accounts mean",
)
def replace_account_map(body: schemas.AccountMapIn, session: SessionDep, act: ActDep) -> Response:
    """Whole. It holds from the next import on: send the year's file again to apply it to that."""
    accounts.replace_map(session, act, body.as_ranges())
    return reply(accounts.shown_map(session))


@router.get(
    "/v1/outcome-imports",
    response_model=Page[schemas.OutcomeImportOut],
    summary="List the outcome imports",
)
def list_outcome_imports(session: SessionDep, paging: PagingDep, language: LanguageDep) -> Response:
    """In the order they came, discarded ones too."""
    key = paging.after(int)
    page = paging.page(
        repository.find_imports(session, key[0] if key else 0, paging.limit + 1),
        count(session, OutcomeImport),
        lambda row: (row.id,),
        lambda row: service.shown_import(row, language),
    )
    return reply_list(page)


@router.post(
    "/v1/outcome-imports",
    response_model=schemas.OutcomeImportOut,
    status_code=201,
    summary="Preview a file from the accounts",
)
def create_outcome_import(
    request: Request,
    form: Annotated[schemas.OutcomeImportIn, Form(media_type="multipart/form-data")],
    session: SessionDep,
    act: ActDep,
    language: LanguageDep,
) -> Response:
    """Says what applying the file would change; until then nothing else has changed.

    SIE 4E, SIE 4I or CSV, told by what the file holds. What objects no investment has, and what
    accounts the map leaves out, is reported, never guessed (M3). Texts of vouchers are not kept.
    """
    fields = ("ledger", "dimension", "extent", "year", "encoding", "mapped")
    order = Order(**{name: getattr(form, name) for name in fields})
    name = plain_name(form.file)
    # The request's session is not touched before the file is read: see `preview_file`.
    engine = request.app.state.engine
    previewed = preview_file(engine, order, form.file.file, name, ReaderLimits())
    row = service.create_import(session, act, previewed)
    shown = service.shown_import(row, language)
    return reply(shown, status=201, location=service.resource(row))


@router.get(
    "/v1/outcome-imports/{id}",
    response_model=schemas.OutcomeImportOut,
    summary="Read an outcome import",
)
def read_outcome_import(
    row: Annotated[OutcomeImport, Depends(known_outcome_import)], language: LanguageDep
) -> Response:
    """With its issues, and its impact on investments."""
    return reply(service.shown_import(row, language))


@router.delete(
    "/v1/outcome-imports/{id}", status_code=204, summary="Discard a previewed outcome import"
)
def discard_outcome_import(
    row: Annotated[OutcomeImport, Depends(_for_change)], session: SessionDep, act: ActDep
) -> Response:
    """It stays in the list as `discarded`; one that is applied can't be discarded."""
    service.discard_import(session, act, row)
    return nothing()


@router.post(
    "/v1/outcome-imports/{id}/apply",
    response_model=schemas.OutcomeImportOut,
    summary="Apply an outcome import",
)
def apply_outcome_import(
    row: Annotated[OutcomeImport, Depends(known_outcome_import)],
    session: SessionDep,
    act: ActDep,
    language: LanguageDep,
) -> Response:
    """All of it or nothing; a whole year's file replaces the earlier one of its ledger (M3)."""
    service.apply_import(session, act, row)
    return reply(service.shown_import(row, language))
