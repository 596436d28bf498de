"""Zip archives: one layer out, under our own names, within a budget.

GDAL never sees the archive. A member's name only says which part of a layer it is; it is
never used as a path.
"""

import errno
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from portfolio.areas.file_formats import Format, detect
from portfolio.areas.shapefile_encoding import encoding_of_cpg
from portfolio.areas.wording import SEND_INSTEAD, listed, to_choose_from
from portfolio.errors import UnreadableFile

# The parts of a layer: what it is called in GDAL's terms, and those that it can't do without.
PARTS = {
    ".shp": (".shp", ".shx", ".dbf", ".prj", ".cpg"),
    ".tab": (".tab", ".dat", ".map", ".id", ".ind"),
    ".mif": (".mif", ".mid"),
}
NEEDED = {".shp": (".shp", ".dbf"), ".tab": (".tab", ".dat", ".map", ".id"), ".mif": PARTS[".mif"]}
MAIN_PART = {suffix: main for main, suffixes in PARTS.items() for suffix in suffixes}
WHOLE_FILES = (".gpkg", ".geojson", ".json", ".topojson", ".fgb", ".gml", ".kml")
# Beside a layer it is a description of it; alone it may be GML.
PERHAPS_WHOLE = ".xml"
LARGEST_DIRECTORY_BYTES = 2**20
CHUNK_BYTES = 2**18
# What zipfile raises for what it can't make out; the last for names that are not in UTF-8.
DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    struct.error,
    OverflowError,
    UnicodeError,
)
ZIP_64_LOCATOR, ZIP_64_LOCATOR_BYTES = b"PK\x06\x07", 20

Members = dict[str, zipfile.ZipInfo]
# The name of a layer or file, its members, and the layer wanted of those inside it.
Chosen = tuple[str, Members, str | None]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """One layer on disk; `layer` is what the archive calls it.

    `inner_layer` is the one wanted of those in the file, and `encoding` what a .cpg says.
    """

    format: Format
    path: Path
    layer: str
    inner_layer: str | None = None
    encoding: str | None = None


def unpack_layer(archive: Path, into: Path, *, layer: str | None, most_bytes: int) -> Unpacked:
    """Write the archive's only layer, or the one called `layer`, to the folder `into`.

    Raises:
        UnreadableFile: No layer, several and none named, a part missing, damaged, encrypted,
            or larger than `most_bytes` when unpacked.
    """
    _check_directory(archive)
    try:
        with zipfile.ZipFile(archive) as opened:
            name, members, inner = _choose(_layers(opened.infolist()), layer)
            _copy_members(opened, members, into, most_bytes)
    except DAMAGES as error:
        raise _damaged() from error
    except OSError as error:
        # Its directory says that it begins before its own beginning. A full disk is something else.
        if error.errno != errno.EINVAL:
            raise
        raise _damaged() from error
    except RuntimeError as error:  # what zipfile raises for a password
        raise _encrypted() from error
    return _unpacked(into, name, members, inner)


def _check_directory(archive: Path) -> None:
    """Refuse a directory so long that only reading it would take all memory."""
    with archive.open("rb") as file:
        file.seek(max(0, archive.stat().st_size - 2**16 - 22))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise _damaged()
    # Its directory may be of any length; no map file needs one.
    if tail[max(0, at - ZIP_64_LOCATOR_BYTES) : at].startswith(ZIP_64_LOCATOR):
        raise _too_many_files()
    (directory_bytes,) = struct.unpack_from("<L", tail, at + 12)
    if directory_bytes > LARGEST_DIRECTORY_BYTES:
        raise _too_many_files()


def _layers(members: list[zipfile.ZipInfo]) -> dict[str, Members]:
    layers: dict[str, Members] = {}
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        suffix = path.suffix.lower()
        hidden = path.name.startswith(".") or "__MACOSX" in path.parts
        # The name first: zipfile fails at one that is empty.
        if hidden or not _may_be_part(suffix) or member.is_dir():
            continue
        main = MAIN_PART.get(suffix, "")
        name = path.stem if main else path.name
        parts = layers.setdefault(f"{main}:{path.parent / name}".casefold(), {})
        if suffix in parts:
            raise _damaged()  # two members of one name: which one is meant?
        parts[suffix] = member
    layers = {key: parts for key, parts in layers.items() if _main_suffix(parts) is not None}
    whole = {key: parts for key, parts in layers.items() if PERHAPS_WHOLE not in parts}
    return _without_linked(whole or layers)


def _may_be_part(suffix: str) -> bool:
    return suffix in MAIN_PART or suffix in WHOLE_FILES or suffix == PERHAPS_WHOLE


def _main_suffix(parts: Members) -> str | None:
    """Give the suffix that says what the parts are of; None if that one is missing."""
    mains = (*PARTS, *WHOLE_FILES, PERHAPS_WHOLE)
    return next((suffix for suffix in mains if suffix in parts), None)


def _without_linked(layers: dict[str, Members]) -> dict[str, Members]:
    """Of a KMZ only its main document counts; the others are what it links to."""
    if any(".kml" not in parts for parts in layers.values()):
        return layers
    main = {key: parts for key, parts in layers.items() if key.rpartition("/")[2] == ":doc.kml"}
    main = main or {key: parts for key, parts in layers.items() if key == ":doc.kml"}
    return main if len(main) == 1 else layers


def _stem(members: Members) -> str:
    named = next(iter(members.values())).filename.replace("\\", "/")
    return PurePosixPath(named).stem


def _choose(layers: Mapping[str, Members], layer: str | None) -> Chosen:
    """Give the name and the members of the layer that is wanted, and which one inside it."""
    named = [(_stem(members), members) for members in layers.values()]
    if not named:
        raise UnreadableFile(
            f"Zip-filen innehåller inget lager. {SEND_INSTEAD.sv}",
            f"The zip holds no layer. {SEND_INSTEAD.en}",
        )
    if len(named) == 1 and layer is not None and _is_whole(named[0][1]):
        name, members = named[0]
        return name, members, layer.removeprefix(f"{name}/")
    fitting: list[Chosen] = [(*one, None) for one in named if layer in (None, one[0])]
    if not fitting and layer is not None:
        fitting = _inside(named, layer)
    if len(fitting) == 1:
        return fitting[0]
    names = listed(sorted(name for name, _ in named))
    raise UnreadableFile.at(
        "/layer",
        f"Ange ett av lagren i zip-filen: {names}. Två lager med samma namn kan inte skiljas åt.",
        f"Name one of the layers in the zip: {names}. Two layers of one name can't be told apart.",
        to_choose_from(sorted({name for name, _ in named})),
    )


def _inside(named: list[tuple[str, Members]], layer: str) -> list[Chosen]:
    """Of several files that have layers, `file/layer` names one."""
    return [
        (name, members, layer.removeprefix(f"{name}/"))
        for name, members in named
        if _is_whole(members) and layer.startswith(f"{name}/")
    ]


def _is_whole(members: Members) -> bool:
    """Then the name asked for is of a layer inside it."""
    return not members.keys() & MAIN_PART.keys()


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


def _unpacked(into: Path, name: str, members: Members, inner: str | None) -> Unpacked:
    main = _main_suffix(members)
    path = into / f"layer{main}"
    if main in PARTS:
        _check_parts_are_there(main, members)
    if main == ".shp":
        _check_lengths(into)
        return Unpacked(Format.SHAPEFILE, path, name, encoding=_take_cpg(into))
    if main in PARTS:
        return Unpacked(Format.MAPINFO, path, name)
    found = detect(path)
    if found is Format.ZIP:
        raise UnreadableFile(
            f"Zip-filen innehåller en zip-fil. {SEND_INSTEAD.sv}",
            f"The zip holds another zip. {SEND_INSTEAD.en}",
        )
    return Unpacked(found, path, name, inner)


def _check_parts_are_there(main: str, members: Members) -> None:
    missing = [suffix for suffix in NEEDED[main] if suffix not in members]
    if missing:
        every = ", ".join(NEEDED[main])
        raise UnreadableFile(
            f"Lagret saknar {', '.join(missing)}. Packa alla delarna i zip-filen: {every}.",
            f"The layer lacks its {', '.join(missing)}. Pack all parts in the zip: {every}.",
        )


def _take_cpg(into: Path) -> str | None:
    """Read the .cpg and remove it: GDAL knows fewer ways to write it."""
    path = into / "layer.cpg"
    if not path.exists():
        return None
    with path.open("rb") as file:
        encoding = encoding_of_cpg(file.read(64))
    path.unlink()
    return encoding


def _check_lengths(into: Path) -> None:
    """Compare what the parts of a Shapefile say of their length with what is there."""
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


def _too_many_files() -> UnreadableFile:
    return UnreadableFile(
        f"Zip-filen innehåller för många filer. {SEND_INSTEAD.sv}",
        f"The zip holds too many files. {SEND_INSTEAD.en}",
    )


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
