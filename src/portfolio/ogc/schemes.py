"""Collections that every scheme has: its areas, and its areas with their portfolios."""

from collections.abc import Mapping
from dataclasses import dataclass

from portfolio.language import Text
from portfolio.maps import area_layer, portfolio_layer
from portfolio.maps.layers import Field, Queryable
from portfolio.ogc.sheets import SchemeNow

AREAS, PORTFOLIOS = "areas-", "portfolios-"
_ABOUT = Text(
    "Områdena med det som deras portföljer rymmer: antal investeringar och vad de kostar där.",
    "The areas with what their portfolios hold: the number of investments and their cost there.",
)


@dataclass(frozen=True, slots=True)
class OfScheme:
    """A collection with a feature for each area of a scheme, with or without its portfolio."""

    code: str
    has_portfolio: bool

    @property
    def fields(self) -> tuple[Field, ...]:
        return portfolio_layer.FIELDS if self.has_portfolio else area_layer.FIELDS

    def queryables(self) -> Mapping[str, Queryable]:
        return portfolio_layer.queryables() if self.has_portfolio else area_layer.queryables()

    def title(self, now: SchemeNow) -> Text:
        name = now.scheme.name
        if not self.has_portfolio:
            return Text(name, name)
        said = portfolio_layer.PORTFOLIOS
        return Text(f"{name}: {said.sv}", f"{name}: {said.en}")

    def about(self, now: SchemeNow) -> Text:
        said = now.scheme.description or now.scheme.name
        return _ABOUT if self.has_portfolio else Text(said, said)


def collection_names(schemes: Mapping[str, SchemeNow]) -> list[str]:
    return [f"{prefix}{code}" for prefix in (AREAS, PORTFOLIOS) for code in schemes]


def scheme_in(schemes: Mapping[str, SchemeNow], name: str) -> OfScheme | None:
    """What a collection holds of a scheme; None if it holds something else."""
    for prefix in (AREAS, PORTFOLIOS):
        code = name.removeprefix(prefix)
        if name.startswith(prefix) and code in schemes:
            return OfScheme(code, prefix == PORTFOLIOS)
    return None
