"""Figures of areas as a list: of which area, which year, from whom, and whether estimated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from portfolio.areas.models import AreaEdition, AreaScheme
from portfolio.areas.repository import edition_on, find_areas, find_editions
from portfolio.indicators import stored
from portfolio.indicators.deriving import Answer, Question, answer
from portfolio.indicators.rules import KINDS, Value, shown_number

MOST_SOURCES = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the list; None for all."""

    scheme: str | None
    indicator: str | None
    year: int | None
    at: date
    known_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answered:
    """An indicator of the areas of one scheme."""

    scheme: AreaScheme
    edition: AreaEdition
    indicator: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of the list."""

    of: Answered
    code: str
    value: Value

    @property
    def key(self) -> tuple[str, str, str]:
        return self.of.scheme.code, self.of.indicator, self.code


def find_answers(session: Session, wish: Wish) -> list[Answered]:
    """By scheme and indicator: of one scheme what can be said, of all what is registered."""
    pairs = stored.find_indicators(session, wish.known_at)
    names = {name for _, name in pairs if wish.indicator in (None, name)}
    schemes = {row.id: row for row in session.exec(select(AreaScheme))}
    if wish.scheme is None:
        asked = [(schemes[id], name) for id, name in pairs if name in names]
    else:
        chosen = [scheme for scheme in schemes.values() if scheme.code == wish.scheme]
        asked = [(scheme, name) for scheme in chosen for name in names]
    found = []
    for scheme, name in sorted(asked, key=lambda pair: (pair[0].code, pair[1])):
        edition = edition_on(find_editions(session, scheme.id, wish.known_at), wish.at)
        if edition is None:
            continue
        question = Question(name, wish.at, wish.year, wish.known_at)
        given = answer(session, scheme.id or 0, edition, question)
        if given is not None and (wish.scheme is not None or given.scheme_id == scheme.id):
            found.append(Answered(scheme, edition, name, given))
    return found


def lines_of(answers: Sequence[Answered]) -> list[Line]:
    every = [Line(one, code, value) for one in answers for code, value in one.answer.values.items()]
    return sorted(every, key=lambda line: line.key)


@dataclass(slots=True)
class Showing:
    """Shows figures of a page, with what they have in common looked up once."""

    names: dict[tuple[int, str], str]
    schemes: dict[int, str]
    sources: dict[int, str]

    @classmethod
    def of(cls, session: Session, lines: Sequence[Line]) -> "Showing":
        codes: dict[int, list[str]] = {}
        for line in lines:
            codes.setdefault(line.of.edition.id or 0, []).append(line.code)
        names = {
            (id, row.code): row.name
            for id, some in codes.items()
            for row in find_areas(session, id, codes=set(some))
        }
        schemes = {row.id or 0: row.code for row in session.exec(select(AreaScheme))}
        files = {id for line in lines for id in line.of.answer.files.values()}
        return cls(names, schemes, stored.find_sources(session, files))

    def item(self, line: Line) -> dict[str, Any]:
        of, kind = line.of, KINDS.get(line.of.indicator)
        return {
            "scheme": of.scheme.code,
            "area": line.code,
            "name": self.names[of.edition.id or 0, line.code],
            "indicator": of.indicator,
            "year": line.value.year,
            "value": line.value.number,
            "unit": kind.unit if kind is not None else None,
            "estimated": line.value.estimated,
            "source": self._source(line),
            "from_scheme": self.schemes[of.answer.scheme_id],
        }

    def _source(self, line: Line) -> str:
        """Of the figure; of all that it may follow from where it is derived."""
        files = line.of.answer.files
        if line.of.answer.scheme_id == line.of.scheme.id and line.code in files:
            return self.sources[files[line.code]]
        every = sorted({self.sources[id] for id in set(files.values())})
        return "; ".join([*every[:MOST_SOURCES], *(["…"] if len(every) > MOST_SOURCES else [])])


def shown_outside(answers: Sequence[Answered]) -> list[dict[str, Any]]:
    """What the figures sum to beyond the areas that are listed (A7)."""
    return [
        {
            "scheme": one.scheme.code,
            "indicator": one.indicator,
            "year": one.answer.year,
            "value": shown_number(one.answer.outside),
        }
        for one in answers
        if one.answer.outside
    ]
