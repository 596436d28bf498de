"""Indicators of areas over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from portfolio import clock
from portfolio.database.engine import snapshot
from portfolio.database.lookup import count
from portfolio.indicator_imports import listing, schemas, service
from portfolio.indicator_imports.reading import read_figures
from portfolio.indicators import repository
from portfolio.indicators.models import IndicatorFile
from portfolio.indicators.rules import FIRST_YEAR, LAST_YEAR
from portfolio.web.dependencies import ActDep, IdPath, LanguageDep, SessionDep
from portfolio.web.fields import Code, Date, Digits, Moment, Page
from portfolio.web.paging import PagingDep
from portfolio.web.replies import reply, reply_list
from portfolio.web.route import PortfolioRoute
from portfolio.web.uploads import plain_name

router = APIRouter(route_class=PortfolioRoute, tags=["areas"])


@router.get(
    "/v1/area-indicators",
    response_model=schemas.IndicatorPage,
    summary="List figures of areas",
)
def list_area_indicators(
    session: SessionDep,
    paging: PagingDep,
    scheme: Annotated[Code | None, Query(description="All that have figures if left out.")] = None,
    indicator: Annotated[str | None, Query(pattern=schemas.INDICATOR_PATTERN)] = None,
    year: Annotated[
        Digits | None,
        Query(ge=FIRST_YEAR, le=LAST_YEAR, description="The newest up to `at` if left out."),
    ] = None,
    at: Annotated[Date | None, Query(description="Areas in force then; today if left out.")] = None,
    known_at: Annotated[Moment | None, Query(description="As known then.")] = None,
) -> Response:
    """Residents, area types and others, of the areas in force on a date.

    A scheme without figures of its own has those that follow from another's: summed where its
    areas nest in it, else shared out by surface and marked `estimated`.
    """
    on = at or clock.swedish_date(clock.now())
    answers = listing.find_answers(session, listing.Wish(scheme, indicator, year, on, known_at))
    lines = listing.lines_of(answers)
    after = paging.after(str, str, str)
    following = [line for line in lines if after is None or line.key > after]
    rows = following[: paging.limit + 1]
    showing = listing.Showing.of(session, rows)
    page = paging.page(rows, len(lines), lambda line: line.key, showing.item)
    return reply_list({**page, "outside": listing.shown_outside(answers)})


@router.post(
    "/v1/area-indicators",
    response_model=schemas.IndicatorFileOut,
    status_code=201,
    summary="Register figures of areas",
)
def register_area_indicators(
    request: Request,
    form: Annotated[schemas.IndicatorsIn, Form(media_type="multipart/form-data")],
    session: SessionDep,
    act: ActDep,
    language: LanguageDep,
) -> Response:
    """One indicator of one scheme from a sheet with the columns `code`, `year` and `value`.

    All rows or none: every row that is wrong is named. A figure of the same code and year gives
    way, others stay; what was known before can still be asked for.
    """
    fields = ("scheme", "indicator", "source", "aggregation", "decimal")
    order = service.Order(**{name: getattr(form, name) for name in fields})
    # The request's session is not touched before the file is read, which may take a while: on
    # SQLite it locks out all other writers from its first statement on.
    with snapshot(request.app.state.engine) as before:
        service.check_order(before, order)
    source, rows = read_figures(
        form.file.file,
        plain_name(form.file),
        most_bytes=request.app.state.settings.max_upload_bytes,
        sheet=form.sheet,
        encoding=form.encoding,
    )
    row = service.register(session, act, order, source, rows)
    shown = service.shown_file(session, row, language)
    return reply(shown, status=201, location=service.resource(row))


@router.get(
    "/v1/area-indicator-files",
    response_model=Page[schemas.IndicatorFileOut],
    summary="List the files that figures of areas came in",
)
def list_area_indicator_files(
    session: SessionDep, paging: PagingDep, language: LanguageDep
) -> Response:
    """In the order they came."""
    key = paging.after(int)
    page = paging.page(
        repository.find_files(session, key[0] if key else 0, paging.limit + 1),
        count(session, IndicatorFile),
        lambda row: (row.id,),
        lambda row: service.shown_file(session, row, language),
    )
    return reply_list(page)


@router.get(
    "/v1/area-indicator-files/{id}",
    response_model=schemas.IndicatorFileOut,
    summary="Read about a file of figures",
)
def read_area_indicator_file(id: IdPath, session: SessionDep, language: LanguageDep) -> Response:
    """What it was, who published it, and how many figures it brought."""
    return reply(service.shown_file(session, repository.get_file(session, id), language))
