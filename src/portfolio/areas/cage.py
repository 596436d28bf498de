"""The cage around the process that reads what strangers send.

It gets a process of its own with nothing but what stands here. GDAL opens far more than maps:
descriptions of other files, web addresses, pipelines. Which drivers it has is decided by the
environment it starts in, and by what the file turns out to be: then only that one is left.
Spreadsheets are read in the same cage, without GDAL.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

ALLOWED_DRIVERS = frozenset({"ESRI Shapefile", "MapInfo File", "GPKG", "FlatGeobuf", "GML", "MEM"})

# The other vector drivers of GDAL 3.12. `reader_child` looks for any that are not here.
OTHER_DRIVERS = (
    "ADBC AIVector AVCBin AVCE00 AmigoCloud CSV CSW Carto DGN DXF EDIGEO EEDA ESRIJSON "
    "Elasticsearch GDALG GPSBabel GPX GTFS GeoJSON GeoJSONSeq GeoRSS HTTP Idrisi JML "
    "JSONFG KML LIBKML LVBAG MBTiles MVT MapML MiraMonVector NGW OAPIF ODS OGCAPI OGR_GMT "
    "OGR_PDS OGR_VRT OSM OpenFileGDB PCIDSK PDF PDS4 PGDUMP PLSCENES PMTiles S57 SQLite SXF "
    "Selafin TopoJSON VDV VFK VICAR WAsP WFS XLSX"
)
RESTARTED = "PORTFOLIO_READER_RESTARTED"
# Has something in it once this process is confined.
_caged: list[bool] = []
LARGEST_OUTPUT_BYTES = 400 * 2**20
OPEN_FILES = 64


def bare_environment(folder: Path) -> dict[str, str]:
    """Build a reader's whole environment; nothing is inherited, so no secret is."""
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "TMPDIR": str(folder), "HOME": str(folder)}


def environment(folder: Path) -> dict[str, str]:
    """The same for a reader that uses GDAL."""
    return {
        **bare_environment(folder),
        "GDAL_SKIP": ",".join(OTHER_DRIVERS.split()),
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".disabled",
        "GDAL_HTTP_TIMEOUT": "1",
        "PROJ_NETWORK": "OFF",
        "SHAPE_RESTORE_SHX": "YES",
        # GML may name schemas and parts of itself elsewhere; a registry beside GDAL names more.
        "GML_DOWNLOAD_SCHEMA": "NO",
        "GML_SKIP_RESOLVE_ELEMS": "ALL",
        "GML_REGISTRY": str(folder / "none.xml"),
        # Threads of the linear algebra library reserve address space that is never used.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def load_gdal(driver: str) -> None:
    """Load GDAL with no driver but this one, in a caged process; elsewhere do nothing.

    Before this call nothing that the sender wrote has been near GDAL.
    """
    if not _caged:
        return
    allowed = frozenset({driver, "MEM"})
    skipped = os.environ.get("GDAL_SKIP", "")
    os.environ["GDAL_SKIP"] = ",".join([skipped, *sorted(ALLOWED_DRIVERS - allowed)])
    # pyogrio imports these two if it can; they take a second and are not needed here.
    sys.modules.update(dict.fromkeys(("geopandas", "pandas")))  # type: ignore[arg-type]  # None: not to be had
    import pyogrio  # type: ignore[import-untyped]

    require_only_allowed(pyogrio.list_drivers(), allowed)


def confine(memory_bytes: int, seconds: int, parent: int) -> None:
    """Bind the calling process: it dies with `parent` and can't take more than its part."""
    _die_with(parent)
    _limit("RLIMIT_AS", memory_bytes)
    _limit("RLIMIT_CPU", seconds)
    _limit("RLIMIT_FSIZE", LARGEST_OUTPUT_BYTES)
    _limit("RLIMIT_NOFILE", OPEN_FILES)
    _limit("RLIMIT_CORE", 0)
    _caged.append(True)


def require_only_allowed(drivers: Iterable[str], allowed: frozenset[str] = ALLOWED_DRIVERS) -> None:
    """Start this process over without the drivers that are too many.

    Only a GDAL newer than `OTHER_DRIVERS` has any. If they are still there the second time,
    the cage does not hold and nothing may be read.
    """
    extra = set(drivers) - allowed
    if not extra:
        return
    if os.environ.get(RESTARTED):
        raise RuntimeError(f"GDAL drivers that must be off: {sorted(extra)}")
    skipped = ",".join([os.environ.get("GDAL_SKIP", ""), *sorted(extra)])
    restarted = {**os.environ, "GDAL_SKIP": skipped, RESTARTED: "1"}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], restarted)  # noqa: S606  # this program again


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _limit(name: str, value: int) -> None:
    kind = getattr(resource, name)
    _, hard = resource.getrlimit(kind)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    try:
        resource.setrlimit(kind, (bound, bound))
    except (OSError, ValueError):
        if sys.platform == "linux":
            raise  # elsewhere some limits exist by name only
