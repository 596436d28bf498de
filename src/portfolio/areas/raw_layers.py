"""One layer as the file has it: rows in order, nothing repaired, nothing reprojected.

No library that opens files is imported here.
"""

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pyproj import CRS

from portfolio.areas.reference_systems import Geometries
from portfolio.areas.report import ReaderLimits, ReaderRequest
from portfolio.areas.wording import SEND_INSTEAD, listed, shortened, to_choose_from
from portfolio.errors import FieldError, UnreadableFile
from portfolio.language import Text

FOR_NAMES_OF_COMPUTERS = ("idna", "punycode")


@dataclass(frozen=True, slots=True)
class RawLayer:
    """Rows by position, from 0.

    `geometries` has None where the row has no geometry and where it could not be read;
    the latter are in `unreadable`. `mended` had rings that were not closed.
    """

    driver: str
    name: str
    crs: CRS | None
    codes: Sequence[object]
    names: Sequence[object]
    geometries: Geometries
    unreadable: frozenset[int] = field(default_factory=frozenset)
    mended: frozenset[int] = field(default_factory=frozenset)
    curved: frozenset[int] = field(default_factory=frozenset)
    has_z: bool = False
    has_m: bool = False


def check_fields(request: ReaderRequest, fields: Iterable[str]) -> None:
    """Raise UnreadableFile that lists the fields, if the code or the name is not among them."""
    known = list(fields)
    wanted = {"/code_field": request.code_field, "/name_field": request.name_field}
    has = listed(known) or "-"
    choices = to_choose_from(known)
    errors = [
        FieldError(
            pointer,
            Text(
                f"Fältet {shortened(name)} finns inte i filen. Den har: {has}.",
                f"The file has no field {shortened(name)}. It has: {has}.",
            ),
            choices,
        )
        for pointer, name in wanted.items()
        if name not in known
    ]
    if errors:
        raise UnreadableFile(errors[0].detail.sv, errors[0].detail.en, errors)


def check_size(rows: int, vertices: int, limits: ReaderLimits) -> None:
    """Raise UnreadableFile for no rows, too many, or too many vertices."""
    if rows == 0:
        raise UnreadableFile(
            "Lagret har inga rader. Skicka ett lager med områden.",
            "The layer has no rows. Send a layer with areas.",
        )
    if rows > limits.features:
        raise UnreadableFile(
            f"Lagret har fler än {limits.features} rader. Dela upp det.",
            f"The layer has more than {limits.features} rows. Split it.",
        )
    if vertices > limits.vertices:
        raise UnreadableFile(
            f"Gränserna har fler än {limits.vertices} brytpunkter. Förenkla dem.",
            f"The boundaries have more than {limits.vertices} vertices. Simplify them.",
        )


def check_encoding(encoding: str | None) -> None:
    """Raise UnreadableFile unless it names a way to write text."""
    if encoding is None:
        return
    try:
        # What writes bytes otherwise, such as `hex`, is no way to write text and fails here.
        known = "a".encode(encoding).decode(encoding) == "a"
        known = known and codecs.lookup(encoding).name not in FOR_NAMES_OF_COMPUTERS
    except (LookupError, ValueError):
        known = False
    if not known:
        raise UnreadableFile.at(
            "/encoding",
            f"Teckenkodningen {shortened(encoding)} är okänd. Ange UTF-8 eller ISO-8859-1.",
            f"The encoding {shortened(encoding)} is unknown. Give UTF-8 or ISO-8859-1.",
        )


def damaged() -> UnreadableFile:
    return UnreadableFile(
        f"Filen är skadad eller avbruten. Exportera den på nytt. {SEND_INSTEAD.sv}",
        f"The file is damaged or cut off. Export it anew. {SEND_INSTEAD.en}",
    )


def wrong_encoding() -> UnreadableFile:
    sv = "Texten i filen har en annan teckenkodning. Ange den, till exempel encoding=ISO-8859-1."
    en = "The text of the file has another encoding. Give it, such as encoding=ISO-8859-1."
    return UnreadableFile(sv, en, [FieldError("/encoding", Text(sv, en))])


def choose_layer(wanted: str | None, layers: Sequence[str]) -> str:
    """Take the layer that is wanted, or the only one.

    Raises:
        UnreadableFile: There is no such layer, or several and none is wanted; it lists them.
    """
    if not layers:
        raise UnreadableFile(
            f"Filen innehåller inget lager. {SEND_INSTEAD.sv}",
            f"The file holds no layer. {SEND_INSTEAD.en}",
        )
    chosen = layers[0] if wanted is None and len(layers) == 1 else wanted
    if chosen is not None and list(layers).count(chosen) == 1:
        return chosen
    names = listed(sorted(set(layers)))
    raise UnreadableFile.at(
        "/layer",
        f"Ange ett av filens lager med områden: {names}.",
        f"Name one of the file's layers with areas: {names}.",
        to_choose_from(sorted(set(layers))),
    )
