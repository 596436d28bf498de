"""How long real clients take to read a whole collection: GDAL of two ages, and QGIS.

`python -m bench.full_reads gdal URL LAYER` reads with pyogrio's GDAL, and
`/usr/bin/python3 bench/full_reads.py qgis URL LAYER` with Debian's QGIS; each prints how many
features it got and the seconds it took, without the program's own start.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

LONGEST = 60
QGIS_PYTHON = "/usr/bin/python3"


def read_with_gdal(url: str, layer: str) -> tuple[int, float]:
    import pyogrio  # type: ignore[import-untyped]

    began = time.perf_counter()
    found = pyogrio.raw.read(f"OAPIF:{url}", layer=layer)
    return len(found[2]), time.perf_counter() - began


def read_with_qgis(url: str, layer: str) -> tuple[int, float]:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from qgis.core import QgsApplication, QgsVectorLayer

    application = QgsApplication([], False)
    application.initQgis()
    began = time.perf_counter()
    source = f"typename='{layer}' url='{url}' pagingEnabled='true' restrictToRequestBBOX='0'"
    opened = QgsVectorLayer(source, layer, "OAPIF")
    count = sum(1 for _ in opened.getFeatures())
    return count, time.perf_counter() - began


def best_reads(url: str, layer: str, expected: int) -> dict[str, float]:
    """Seconds by client, the faster of two; infinite where it did not come to the end in time."""
    here = str(Path(__file__))
    reads: dict[str, Callable[[], float]] = {}
    if shutil.which("ogr2ogr"):
        command = ["ogr2ogr", "-f", "Memory", "none", f"OAPIF:{url}", layer]
        reads["GDAL 3.6"] = lambda: _timed(command)
    ours = [sys.executable, here, "gdal", url, layer]
    reads["GDAL 3.12"] = lambda: _reported(ours, expected)
    if Path("/usr/lib/python3/dist-packages/qgis/core").exists():
        debian = [QGIS_PYTHON, here, "qgis", url, layer]
        reads["QGIS 3.22"] = lambda: _reported(debian, expected)
    found = {}
    for client, read in reads.items():
        first = read()
        found[client] = min(first, read()) if first < LONGEST else first
    return found


def _timed(command: list[str]) -> float:
    began = time.perf_counter()
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=LONGEST)  # noqa: S603
    except subprocess.TimeoutExpired:
        return float("inf")
    return time.perf_counter() - began


def _reported(command: list[str], expected: int) -> float:
    with tempfile.TemporaryDirectory() as home:
        # What a client keeps of earlier answers must not help it.
        environment = {"PATH": os.environ["PATH"], "HOME": home, "XDG_RUNTIME_DIR": home}
        try:
            done = subprocess.run(  # noqa: S603  our own arguments
                command, env=environment, check=True, capture_output=True, text=True,
                timeout=LONGEST,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return float("inf")
    count, seconds = done.stdout.split()[-2:]
    if int(count) != expected:
        raise RuntimeError(f"{command}: {count} features of {expected}")
    return float(seconds)


def main() -> None:
    client, url, layer = sys.argv[1:]
    read = {"gdal": read_with_gdal, "qgis": read_with_qgis}[client]
    print(*read(url, layer), flush=True)
    # exitQgis() crashes while layers are alive (QGIS 3.22 of Debian 12).
    os._exit(0)


if __name__ == "__main__":
    main()
