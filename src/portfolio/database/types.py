"""Column types that mean the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from typing import Any, cast

import orjson
import shapely
from geoalchemy2 import Geometry
from geoalchemy2.shape import from_shape, to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import DateTime, Dialect, LargeBinary, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

SWEREF99_TM = 3006


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; naive values are refused, and SQLite's are given their zone back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone can't be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """JSON kept as text, byte for byte the same on both engines."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)


class PlanarGeometry(TypeDecorator[shapely.Geometry]):
    """A geometry in SWEREF 99 TM, east before north: WKB on SQLite, PostGIS's own on PostgreSQL."""

    impl = Geometry
    cache_ok = True

    def __init__(self, kind: str = "GEOMETRY") -> None:
        super().__init__(kind, srid=SWEREF99_TM, spatial_index=False)
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect | None) -> TypeEngine[Any]:
        # geoalchemy2's create and drop hooks call this with None.
        if dialect is not None and dialect.name == "sqlite":
            return dialect.type_descriptor(LargeBinary())
        return self.impl_instance

    def process_bind_param(self, value: shapely.Geometry | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return shapely.to_wkb(value)
        return from_shape(cast(BaseGeometry, value), srid=SWEREF99_TM)

    def process_result_value(self, value: Any, dialect: Dialect) -> shapely.Geometry | None:
        if value is None:
            return None
        return shapely.from_wkb(value) if dialect.name == "sqlite" else to_shape(value)
