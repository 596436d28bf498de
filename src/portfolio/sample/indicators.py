"""The sample municipality's residents and area types, through the service that the API uses."""

from sqlmodel import Session

from portfolio.clock import Act
from portfolio.indicator_imports import service
from portfolio.indicator_imports.reading import read_figures
from portfolio.sample.content import Content
from portfolio.table_imports.rules import Row, Source
from portfolio.table_imports.sheets import SheetLimits

# What the list of figures says of each.
SOURCE = "Fiktiva uppgifter"
ReadFile = tuple[str, Source, list[Row]]


def read_all(content: Content) -> list[ReadFile]:
    """Each file with the indicator that it is of."""
    found = []
    most_bytes = SheetLimits().file_bytes
    for indicator, file in content.indicator_files.items():
        with file.open("rb") as opened:
            source, rows = read_figures(opened, file.name, most_bytes=most_bytes)
        found.append((indicator, source, rows))
    return found


def register_all(session: Session, act: Act, content: Content, files: list[ReadFile]) -> None:
    for indicator, source, rows in files:
        order = service.Order(content.scheme.code, indicator, SOURCE)
        service.register(session, act, order, source, rows)
