"""Zip archives: one layer out, under our own names, within a budget.

GDAL never sees the archive. A member's name only says which part of a layer it is; it is
never used as a path.
"""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from portfolio.areas.file_formats import Format, detect
from portfolio.areas.wording import SEND_INSTEAD, listed
from portfolio.errors import UnreadableFile

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
WHOLE_FILES = (".gpkg", ".geojson", ".json")
LARGEST_DIRECTORY_BYTES = 2**20
CHUNK_BYTES = 2**18

Members = dict[str, zipfile.ZipInfo]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """One layer on disk; `layer` is what the archive calls it."""

    format: Format
    path: Path
    layer: str


def unpack_layer(archive: Path, into: Path, *, layer: str | None, most_bytes: int) -> Unpacked:
    """Write the archive's only layer, or the one called `layer`, to the folder `into`.

    Raises:
        UnreadableFile: No layer, several and none named, a part missing, damaged, encrypted,
            or larger than `most_bytes` when unpacked.
    """
    _check_directory(archive)
    try:
        with zipfile.ZipFile(archive) as opened:
            name, members = _choose(_layers(opened.infolist()), layer)
            _copy_members(opened, members, into, most_bytes)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error) as error:
        raise _damaged() from error
    except RuntimeError as error:  # what zipfile raises for a password
        raise _encrypted() from error
    return _unpacked(into, name, members)


def _check_directory(archive: Path) -> None:
    """Refuse a directory so long that only reading it would take all memory."""
    with archive.open("rb") as file:
        file.seek(max(0, archive.stat().st_size - 2**16 - 22))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise _damaged()
    (directory_bytes,) = struct.unpack_from("<L", tail, at + 12)
    if directory_bytes > LARGEST_DIRECTORY_BYTES:
        raise UnreadableFile(
            f"Zip-filen innehåller för många filer. {SEND_INSTEAD.sv}",
            f"The zip holds too many files. {SEND_INSTEAD.en}",
        )


def _layers(members: list[zipfile.ZipInfo]) -> dict[str, Members]:
    layers: dict[str, Members] = {}
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        suffix = path.suffix.lower()
        hidden = path.name.startswith(".") or "__MACOSX" in path.parts
        if hidden or member.is_dir() or suffix not in (*SHAPEFILE_PARTS, *WHOLE_FILES):
            continue
        name = path.name if suffix in WHOLE_FILES else path.stem
        key = str(path.parent / name).casefold()
        parts = layers.setdefault(key, {})
        if suffix in parts:
            raise _damaged()  # two members of one name: which one is meant?
        parts[suffix] = member
    return {key: parts for key, parts in layers.items() if _is_layer(parts)}


def _is_layer(parts: Members) -> bool:
    return ".shp" in parts or not parts.keys().isdisjoint(WHOLE_FILES)


def _stem(members: Members) -> str:
    named = next(iter(members.values())).filename.replace("\\", "/")
    return PurePosixPath(named).stem


def _choose(layers: Mapping[str, Members], layer: str | None) -> tuple[str, Members]:
    named = [(_stem(members), members) for members in layers.values()]
    if not named:
        raise UnreadableFile(
            f"Zip-filen innehåller inget lager. {SEND_INSTEAD.sv}",
            f"The zip holds no layer. {SEND_INSTEAD.en}",
        )
    if layer is not None and not _holds_a_geopackage_alone(named):
        named = [(name, members) for name, members in named if name == layer]
    if len(named) == 1:
        return named[0]
    names = listed(sorted(_stem(members) for members in layers.values()))
    raise UnreadableFile.at(
        "/layer",
        f"Ange ett av lagren i zip-filen: {names}. Två lager med samma namn kan inte skiljas åt.",
        f"Name one of the layers in the zip: {names}. Two layers of one name can't be told apart.",
    )


def _holds_a_geopackage_alone(named: list[tuple[str, Members]]) -> bool:
    """Then the name asked for is of a layer inside it."""
    return len(named) == 1 and ".gpkg" in named[0][1]


def _copy_members(opened: zipfile.ZipFile, members: Members, into: Path, most_bytes: int) -> None:
    # What the directory declares may be a lie; what is written is counted as well.
    left = most_bytes - sum(member.file_size for member in members.values())
    if left < 0:
        raise _too_large()
    left = most_bytes
    for suffix, member in members.items():
        with opened.open(member) as source, (into / f"layer{suffix}").open("xb") as target:
            while chunk := source.read(CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise _too_large()
                target.write(chunk)


def _unpacked(into: Path, name: str, members: Members) -> Unpacked:
    if ".shp" in members:
        _check_parts(into, members)
        return Unpacked(Format.SHAPEFILE, into / "layer.shp", name)
    (suffix,) = members
    path = into / f"layer{suffix}"
    found = detect(path)
    if found is Format.ZIP:
        raise UnreadableFile(
            f"Zip-filen innehåller en zip-fil. {SEND_INSTEAD.sv}",
            f"The zip holds another zip. {SEND_INSTEAD.en}",
        )
    return Unpacked(found, path, name)


def _check_parts(into: Path, members: Members) -> None:
    """Compare what the parts say of their length with what is there."""
    if ".dbf" not in members:
        raise UnreadableFile(
            "Shapefilen saknar sin .dbf, där koder och namn står. Packa alla delarna i zip-filen.",
            "The Shapefile lacks its .dbf, which holds codes and names. Pack all parts in the zip.",
        )
    with (into / "layer.shp").open("rb") as file:
        head = file.read(100)
    with (into / "layer.dbf").open("rb") as file:
        table = file.read(32)
    if len(head) < 100 or head[:4] != b"\x00\x00\x27\x0a" or len(table) < 32:
        raise _damaged()
    words = struct.unpack_from(">l", head, 24)[0]
    rows, header, row = struct.unpack_from("<LHH", table, 4)
    shorter = (into / "layer.shp").stat().st_size < 2 * words
    if shorter or (into / "layer.dbf").stat().st_size < header + rows * row:
        raise _damaged()


def _damaged() -> UnreadableFile:
    return UnreadableFile(
        f"Zip-filen är skadad eller avbruten. Packa den på nytt. {SEND_INSTEAD.sv}",
        f"The zip is damaged or cut off. Pack it anew. {SEND_INSTEAD.en}",
    )


def _encrypted() -> UnreadableFile:
    return UnreadableFile(
        "Zip-filen har lösenord. Packa den på nytt utan lösenord.",
        "The zip has a password. Pack it anew without one.",
    )


def _too_large() -> UnreadableFile:
    return UnreadableFile(
        "Zip-filens innehåll är för stort. Dela upp det eller förenkla gränserna.",
        "The content of the zip is too large. Split it or simplify the boundaries.",
    )
