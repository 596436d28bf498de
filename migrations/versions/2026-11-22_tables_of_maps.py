"""The tables of maps."""

from typing import Any

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

ROWS_AT_A_TIME = 500


def upgrade() -> None:
    op.create_table(
        "investment_mark",
        sa.Column("investment_id", sa.Integer(), autoincrement=False, nullable=False),
        *(
            sa.Column(name, sa.Float(), nullable=False)
            for name in ("min_x", "min_y", "max_x", "max_y")
        ),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("shape", PlanarGeometry(), nullable=False),
        sa.Column("point", PlanarGeometry("POINT"), nullable=False),
        sa.PrimaryKeyConstraint("investment_id", name=op.f("pk_investment_mark")),
    )
    op.create_index(op.f("ix_investment_mark_min_x_max_x"), "investment_mark", ["min_x", "max_x"])
    _create_indicators()
    for name in ("cleaning", "lineage", "money"):
        op.add_column("area_import", sa.Column(name, JsonText(), nullable=True))
    _add_parent()
    _render_to_the_millimetre()
    # Made when it is asked for, from now on.
    op.drop_column("area_rendering", "simplified")
    _mark_investments()


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


def _render_to_the_millimetre() -> None:
    """Boundaries had seven decimals of a degree, which is a centimetre."""
    bind = op.get_bind()
    versions = sa.table(
        "area_version", sa.column("id"), sa.column("geometry", PlanarGeometry("MULTIPOLYGON"))
    )
    renderings = sa.table("area_rendering", sa.column("area_version_id"), sa.column("geojson"))
    ids = [row.id for row in bind.execute(sa.select(versions.c.id))]
    for start in range(0, len(ids), ROWS_AT_A_TIME):
        wanted = versions.c.id.in_(ids[start : start + ROWS_AT_A_TIME])
        for id, geometry in bind.execute(
            sa.select(versions.c.id, versions.c.geometry).where(wanted)
        ).all():
            bind.execute(
                sa.update(renderings)
                .where(renderings.c.area_version_id == id)
                .values(geojson=as_geojson_bytes(geometry, 8).decode())
            )


def _mark_investments() -> None:
    bind = op.get_bind()
    investments = sa.table(
        "investment",
        sa.column("id"),
        sa.column("location", JsonText()),
        sa.column("geometry", PlanarGeometry()),
    )
    names = ("investment_id", "min_x", "min_y", "max_x", "max_y", "dimension")
    marks = sa.table(
        "investment_mark",
        *(sa.column(name) for name in names),
        sa.column("shape", PlanarGeometry()),
        sa.column("point", PlanarGeometry("POINT")),
    )
    for id, location, drawn in bind.execute(sa.select(investments)).all():
        area = _largest_area(bind, location) if drawn is None else None
        shape = drawn if area is None else shapely.point_on_surface(area)
        if shape is None:
            continue
        point = shapely.point_on_surface(shape)
        dimension = int(shapely.get_dimensions(shape))
        bind.execute(sa.insert(marks).values((id, *shape.bounds, dimension, shape, point)))


def _largest_area(bind: sa.Connection, location: dict[str, Any]) -> BaseGeometry | None:
    """The boundary, as last recorded, of the named area with the largest share."""
    if not location.get("areas"):
        return None
    named = max(location["areas"], key=lambda area: (area["share"], area["code"]))
    schemes = sa.table("area_scheme", sa.column("id"), sa.column("code"))
    versions = sa.table(
        "area_version",
        sa.column("id"),
        sa.column("scheme_id"),
        sa.column("code"),
        sa.column("geometry", PlanarGeometry("MULTIPOLYGON")),
    )
    found = bind.execute(
        sa.select(versions.c.geometry)
        .join_from(versions, schemes, versions.c.scheme_id == schemes.c.id)
        .where(schemes.c.code == named["scheme"], versions.c.code == named["code"])
        .order_by(versions.c.id.desc())
        .limit(1)
    )
    boundary: BaseGeometry | None = found.scalar()
    return boundary


def downgrade() -> None:
    op.add_column(
        "area_rendering",
        sa.Column("simplified", sa.String(), nullable=False, server_default=""),
    )
    op.execute("UPDATE area_rendering SET simplified = geojson")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("fk_area_scheme_parent_id"), "area_scheme", type_="foreignkey")
    op.drop_column("area_scheme", "parent_id")
    for name in ("money", "lineage", "cleaning"):
        op.drop_column("area_import", name)
    for name in ("area_indicator", "indicator_file", "investment_mark"):
        op.drop_table(name)
