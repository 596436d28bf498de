"""The tables of maps."""

from collections.abc import Iterator
from datetime import date

import shapely
import sqlalchemy as sa
from alembic import op
from shapely.geometry.base import BaseGeometry

from portfolio.database.types import JsonText, PlanarGeometry, UtcDateTime
from portfolio.geometry import as_geojson_bytes

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Before any scheme began.
BEGINNING = date.min


def upgrade() -> None:
    op.create_table(
        "investment_mark",
        sa.Column("investment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        *(
            sa.Column(name, sa.Float(), nullable=False)
            for name in ("min_x", "min_y", "max_x", "max_y")
        ),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("shape", PlanarGeometry(), nullable=False),
        sa.Column("point", PlanarGeometry("POINT"), nullable=False),
        sa.PrimaryKeyConstraint("investment_id", "valid_from", name=op.f("pk_investment_mark")),
    )
    op.create_index(op.f("ix_investment_mark_min_x_max_x"), "investment_mark", ["min_x", "max_x"])
    _create_indicators()
    for name in ("cleaning", "lineage", "money"):
        op.add_column("area_import", sa.Column(name, JsonText(), nullable=True))
    _add_parent()
    # Boundaries are written when they are asked for, to the millimetre.
    op.drop_table("area_rendering")
    _mark_what_is_drawn()
    _mark_what_names_areas()


def _create_indicators() -> None:
    op.create_table(
        "indicator_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file", JsonText(), nullable=False),
        sa.Column("counts", JsonText(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id"], ["area_scheme.id"], name=op.f("fk_indicator_file_scheme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_file")),
    )
    op.create_index(op.f("ix_indicator_file_scheme_id"), "indicator_file", ["scheme_id"])
    op.create_table(
        "area_indicator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("retracted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["indicator_file.id"], name=op.f("fk_area_indicator_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id"], ["area_scheme.id"], name=op.f("fk_area_indicator_scheme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_indicator")),
    )
    op.create_index(op.f("ix_area_indicator_file_id"), "area_indicator", ["file_id"])
    op.create_index(
        op.f("ix_area_indicator_scheme_id_indicator_year"),
        "area_indicator",
        ["scheme_id", "indicator", "year"],
    )


def _add_parent() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # Alembic would copy the table; SQLite can add a column that refers to another.
        op.execute(
            "ALTER TABLE area_scheme ADD COLUMN parent_id INTEGER "
            "CONSTRAINT fk_area_scheme_parent_id REFERENCES area_scheme (id)"
        )
        return
    op.add_column("area_scheme", sa.Column("parent_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_area_scheme_parent_id"), "area_scheme", "area_scheme", ["parent_id"], ["id"]
    )


def _mark_what_is_drawn() -> None:
    bind = op.get_bind()
    investments = sa.table("investment", sa.column("id"), sa.column("geometry", PlanarGeometry()))
    drawn = sa.select(investments).where(investments.c.geometry.is_not(None))
    for id, shape in bind.execute(drawn).all():
        _insert_mark(bind, id, BEGINNING, None, shape)


def _mark_what_names_areas() -> None:
    """By the shares that are kept: a point in the largest area, from each edition's date on."""
    bind = op.get_bind()
    versions = sa.table(
        "area_version", sa.column("id"), sa.column("geometry", PlanarGeometry("MULTIPOLYGON"))
    )
    spans: dict[int, list[tuple[date, int]]] = {}
    for id, start, version in _largest_shares(bind):
        known = spans.setdefault(id, [])
        if not known or known[-1][1] != version:
            known.append((start if known else BEGINNING, version))
    for id, known in spans.items():
        ends = [start for start, _ in known[1:]]
        for (start, version), end in zip(known, [*ends, None], strict=True):
            query = sa.select(versions.c.geometry).where(versions.c.id == version)
            area = bind.execute(query).scalar_one()
            _insert_mark(bind, id, start, end, shapely.point_on_surface(area))


def _largest_shares(bind: sa.Connection) -> Iterator[tuple[int, date, int]]:
    """Investment, date and area version, in order of date."""
    investments = sa.table("investment", sa.column("id"), sa.column("location", JsonText()))
    schemes = {
        id: max(location["areas"], key=lambda area: area["share"])["scheme"]
        for id, location in bind.execute(sa.select(investments))
        if location.get("areas")
    }
    rows = bind.execute(
        sa.text(
            "SELECT s.investment_id, c.code, e.valid_from, a.area_version_id FROM share_set s "
            "JOIN area_share a ON a.share_set_id = s.id "
            "JOIN area_edition e ON e.id = s.edition_id JOIN area_scheme c ON c.id = e.scheme_id "
            "WHERE s.basis = 'location' AND s.retracted_at IS NULL AND e.retracted_at IS NULL "
            "ORDER BY e.valid_from, e.id, s.investment_id, a.share DESC, a.code"
        ).columns(sa.column("investment_id"), sa.column("code"), sa.column("valid_from", sa.Date()))
    )
    seen = set()
    for id, scheme, start, version in rows:
        if schemes.get(id) == scheme and (id, start) not in seen:
            seen.add((id, start))
            yield id, start, version


def _insert_mark(
    bind: sa.Connection, id: int, start: date, end: date | None, shape: BaseGeometry
) -> None:
    names = ("min_x", "min_y", "max_x", "max_y")
    marks = sa.table(
        "investment_mark",
        *(sa.column(name) for name in ("investment_id", "dimension", *names)),
        *(sa.column(name, sa.Date()) for name in ("valid_from", "valid_to")),
        sa.column("shape", PlanarGeometry()),
        sa.column("point", PlanarGeometry("POINT")),
    )
    row = {
        "investment_id": id,
        "valid_from": start,
        "valid_to": end,
        **dict(zip(names, shape.bounds, strict=True)),
        "dimension": int(shapely.get_dimensions(shape)),
        "shape": shape,
        "point": shapely.point_on_surface(shape),
    }
    bind.execute(sa.insert(marks).values(row))


def downgrade() -> None:
    op.create_table(
        "area_rendering",
        sa.Column("area_version_id", sa.Integer(), nullable=False),
        sa.Column("geojson", sa.String(), nullable=False),
        sa.Column("simplified", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["area_version_id"], ["area_version.id"], name=op.f("fk_area_rendering_area_version_id")
        ),
        sa.PrimaryKeyConstraint("area_version_id", name=op.f("pk_area_rendering")),
    )
    _render_again()
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("fk_area_scheme_parent_id"), "area_scheme", type_="foreignkey")
    op.drop_column("area_scheme", "parent_id")
    for name in ("money", "lineage", "cleaning"):
        op.drop_column("area_import", name)
    for name in ("area_indicator", "indicator_file", "investment_mark"):
        op.drop_table(name)


def _render_again() -> None:
    bind = op.get_bind()
    versions = sa.table(
        "area_version", sa.column("id"), sa.column("geometry", PlanarGeometry("MULTIPOLYGON"))
    )
    renderings = sa.table(
        "area_rendering",
        *(sa.column(name) for name in ("area_version_id", "geojson", "simplified")),
    )
    for id, geometry in bind.execute(sa.select(versions)).all():
        text = as_geojson_bytes(geometry).decode()
        bind.execute(sa.insert(renderings).values((id, text, text)))
