"""Vector tiles of a collection."""

from portfolio.ogc.answers import TILE, Answer
from portfolio.ogc.serving import Moment, Serving


async def tile_answer(
    serving: Serving, moment: Moment, name: str, zoom: str, row: str, column: str
) -> Answer:
    return Answer(b"", TILE)
