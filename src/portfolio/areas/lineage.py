"""Following an area that somebody named to what it is called on another date (A6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from portfolio.areas import repository
from portfolio.areas.models import AreaEdition, AreaScheme
from portfolio.database.lookup import find_by_code
from portfolio.errors import InvalidBody
from portfolio.shares import WHOLE


@dataclass(frozen=True, slots=True)
class Line:
    """A scheme's editions by date, which codes each has, and what followed on those it lost."""

    editions: tuple[AreaEdition, ...]
    codes: Mapping[int, frozenset[str]]
    successors: Mapping[int, Mapping[str, Mapping[str, int]]]

    def starting_point(self, code: str, named_on: date) -> int | None:
        """Index of the edition in which the code was meant: that of the day, or the nearest."""
        holding = [
            index
            for index, edition in enumerate(self.editions)
            if edition.id is not None and code in self.codes[edition.id]
        ]
        before = [index for index in holding if self.editions[index].valid_from <= named_on]
        return before[-1] if before else (holding[0] if holding else None)

    def follow(self, code: str, named_on: date, target: int) -> dict[str, int] | None:
        """What `code` is called in the edition of index `target`, with shares that sum to WHOLE.

        None where the code was meant in a later edition than the target: nothing leads back.
        """
        start = self.starting_point(code, named_on)
        if start is None:
            start = self._before_correction(code)
        if start is None or start > target:
            return None
        parts = {code: WHOLE}
        for edition in self.editions[start + 1 : target + 1]:
            parts = self._step(parts, edition)
        return parts

    def _before_correction(self, code: str) -> int | None:
        """Index before the edition that took the code away, where none is left that had it.

        So it is after a correction of the only edition with that code.
        """
        replacing = (
            index
            for index, edition in enumerate(self.editions)
            if code in self.successors.get(edition.id or 0, {})
        )
        return next((index - 1 for index in replacing), None)

    def _step(self, parts: Mapping[str, int], edition: AreaEdition) -> dict[str, int]:
        present = self.codes[edition.id or 0]
        replaced = self.successors.get(edition.id or 0, {})
        following: dict[str, int] = {}
        for code, whole in parts.items():
            heirs = {code: WHOLE} if code in present else replaced.get(code, {})
            left = whole
            for number, (heir, share) in enumerate(sorted(heirs.items()), start=1):
                part = left if number == len(heirs) else whole * share // WHOLE
                left -= part
                following[heir] = following.get(heir, 0) + part
        return following


def line_of(session: Session, scheme_id: int) -> Line:
    editions = repository.find_editions(session, scheme_id)
    ids = [edition.id for edition in editions if edition.id is not None]
    codes = {id: frozenset(repository.find_area_codes(session, id)) for id in ids}
    return Line(tuple(editions), codes, repository.find_successors(session, ids))


def current_codes(
    session: Session, scheme_id: int, code: str, named_on: date, on: date
) -> list[str]:
    """The codes of an area, named on one date, on another; its own where nothing leads there."""
    line = line_of(session, scheme_id)
    edition = repository.edition_on(line.editions, on)
    if edition is None:
        return [code]
    followed = line.follow(code, named_on, line.editions.index(edition))
    return sorted(followed) if followed else [code]


def area_named_in_body(session: Session, area: Mapping[str, str], pointer: str) -> int:
    """The id of the scheme of an area that a body names; refuses one that is not there."""
    repository.hold_schemes(session)
    scheme = find_by_code(session, AreaScheme, area["scheme"])
    if scheme is None or scheme.id is None:
        raise InvalidBody.at(
            f"{pointer}/scheme",
            f"Det finns ingen områdesindelning {area['scheme']}; se /v1/area-schemes.",
            f"There is no area scheme {area['scheme']}; see /v1/area-schemes.",
        )
    if not repository.find_versions_of_code(session, scheme.id, area["code"]):
        raise InvalidBody.at(
            f"{pointer}/code",
            f"Indelningen {scheme.code} har inget område {area['code']}.",
            f"The scheme {scheme.code} has no area {area['code']}.",
        )
    return scheme.id
