"""Which layers a file for a GIS holds: of a scheme, of a program, of everything."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from sqlmodel import Session, col, select

from portfolio.areas.models import AreaScheme
from portfolio.errors import InvalidParameter
from portfolio.exports.open_data import Table
from portfolio.exports.sheets import Sheet, by_kind, distinct, mixed, one_kind
from portfolio.exports.writer_process import FileFormat
from portfolio.maps import investment_layer as investments
from portfolio.maps.area_layer import area_layer
from portfolio.maps.investment_layer import Viewed, every_feature, investment_layer
from portfolio.maps.layers import Layer
from portfolio.maps.program_layer import Surfaces, program_layer
from portfolio.programs.models import Program
from portfolio.programs.service import program_areas


def scheme_sheets(session: Session, scheme: AreaScheme, on: date) -> list[Sheet]:
    """The areas that are in force on a date; none before the first edition."""
    return [one_kind(area_layer(session, scheme, on))]


def program_sheets(
    session: Session, program: Program, viewed: Viewed, format: FileFormat, layer: str | None
) -> list[Sheet]:
    """The program's areas, the program and its investments."""
    its_own = replace(viewed, program_id=program.id)
    return _sheets(session, _areas_of(session, program, viewed.today), its_own, format, layer)


def portfolio_sheets(
    session: Session, viewed: Viewed, format: FileFormat, layer: str | None
) -> list[Sheet]:
    """The areas of every scheme, the programs and the investments."""
    return _sheets(session, _areas_of_all(session, viewed.today), viewed, format, layer)


def scheme_table(session: Session, scheme: AreaScheme, on: date) -> Table:
    return Table.of(area_layer(session, scheme, on))


def program_table(session: Session, program: Program, viewed: Viewed, layer: str | None) -> Table:
    """One layer of a program's; its investments unless another is named."""
    its_own = replace(viewed, program_id=program.id)
    return _table(session, lambda: _areas_of(session, program, viewed.today), its_own, layer)


def portfolio_table(session: Session, viewed: Viewed, layer: str | None) -> Table:
    return _table(session, lambda: _areas_of_all(session, viewed.today), viewed, layer)


def _table(
    session: Session, surfaces: Callable[[], Sequence[Layer]], viewed: Viewed, layer: str | None
) -> Table:
    if layer is None or layer == "investments":
        return Table("investments", investments.FIELDS, every_feature(session, viewed))
    if layer == "programs":
        return Table.of(program_layer(session, viewed))
    return Table.of(_named(surfaces(), layer))


def _sheets(
    session: Session,
    surfaces: Sequence[Layer],
    viewed: Viewed,
    format: FileFormat,
    layer: str | None,
) -> list[Sheet]:
    if format is FileFormat.FGB:
        return [_chosen(session, surfaces, viewed, layer or "investments")]
    # A GIS draws the first table at the bottom.
    sheets = [one_kind(one) for one in [*surfaces, program_layer(session, viewed)]]
    return distinct([*sheets, *by_kind(investment_layer(session, viewed))])


def _chosen(session: Session, surfaces: Sequence[Layer], viewed: Viewed, name: str) -> Sheet:
    if name == "investments":
        return mixed(investment_layer(session, viewed))
    if name == "programs":
        return one_kind(program_layer(session, viewed))
    return one_kind(_named(surfaces, name))


def _named(surfaces: Sequence[Layer], name: str) -> Layer:
    for surface in surfaces:
        if surface.name == name:
            return surface
    known = ", ".join(["investments", "programs", *(surface.name for surface in surfaces)])
    raise InvalidParameter(
        f"Det finns inget sådant lager; välj layer bland {known}.",
        f"There is no such layer; choose layer among {known}.",
    )


def _areas_of_all(session: Session, today: date) -> list[Layer]:
    schemes = session.exec(select(AreaScheme).order_by(col(AreaScheme.code))).all()
    return [area_layer(session, scheme, today) for scheme in schemes]


def _areas_of(session: Session, program: Program, today: date) -> list[Layer]:
    """For each scheme in which the program has areas, those of its areas."""
    codes: dict[int, set[str]] = {}
    for scheme_id, code in Surfaces.on(session, today).current(program_areas(session, program)):
        codes.setdefault(scheme_id, set()).add(code)
    schemes = session.exec(select(AreaScheme).order_by(col(AreaScheme.code))).all()
    return [
        _only(area_layer(session, scheme, today), codes[scheme.id])
        for scheme in schemes
        if scheme.id in codes
    ]


def _only(layer: Layer, codes: set[str]) -> Layer:
    kept = tuple(one for one in layer.features if one.properties["code"] in codes)
    return replace(layer, features=kept)
