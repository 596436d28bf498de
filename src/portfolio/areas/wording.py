"""Small pieces that the sentences about boundary files share."""

from collections.abc import Iterable
from itertools import islice

from portfolio.language import Text

SEND_INSTEAD = Text(
    "Skicka en GeoPackage, en zippad Shapefile (.shp, .shx, .dbf och .prj), en zippad MapInfo-"
    "tabell (.tab, .dat, .map och .id) eller MIF/MID, FlatGeobuf, GML, KML, TopoJSON eller GeoJSON "
    "i UTF-8.",
    "Send a GeoPackage, a zipped Shapefile (.shp, .shx, .dbf and .prj), a zipped MapInfo table "
    "(.tab, .dat, .map and .id) or MIF/MID, FlatGeobuf, GML, KML, TopoJSON or GeoJSON in UTF-8.",
)
# A field with a longer name is named by typing it.
LONGEST_CHOICE = 200


def shortened(text: str, most: int = 40) -> str:
    """Make a text from a file fit to be quoted in a sentence."""
    printable = "".join(
        sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text
    )
    return printable if len(printable) <= most else printable[: most - 1] + "…"


def listed(names: Iterable[str], most: int = 50) -> str:
    """List names from a file: all of them unless there are very many."""
    every = list(names)
    shown = ", ".join(shortened(name) for name in every[:most])
    return f"{shown}, …" if len(every) > most else shown


def to_choose_from(names: Iterable[str], most: int = 100) -> tuple[str, ...]:
    """Take those names from a file, as they are, that a person could choose from."""
    return tuple(islice((name for name in names if len(name) <= LONGEST_CHOICE), most))


def square_metres(surface_m2: float) -> Text:
    """Write a surface with one decimal, as each language does.

    >>> square_metres(12345.67).sv
    '12 345,7 m²'
    """
    english = f"{surface_m2:,.1f} m²"
    return Text(english.replace(",", " ").replace(".", ","), english)
