"""Read and draw our layers in QGIS, without a screen.

/usr/bin/python3 qgis_reading.py FOLDER < what.json > found.json

A process of its own, with Debian's Python: QGIS has no wheel. `what` has the landing page's
address `url`, the `names` of collections, a `box` (west, south, east, north in degrees) and
perhaps a `key`. Pictures go to FOLDER.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage

SWEREF_99_TM = QgsCoordinateReferenceSystem("EPSG:3006")
WGS_84 = QgsCoordinateReferenceSystem("EPSG:4326")
SIZE = QSize(600, 600)


def sign_in(key: str) -> str:
    """Keep a key as the password of Basic, as a person does in the layer's window."""
    manager = QgsApplication.authManager()
    manager.setMasterPassword("only for this run", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("portfolio")
    config.setConfig("username", "gis")
    config.setConfig("password", key)
    assert manager.storeAuthenticationConfig(config)
    return str(config.id())


def open_layer(url: str, name: str, authentication: str) -> Any:
    signed = f" authcfg={authentication}" if authentication else ""
    source = f"typename='{name}' url='{url}' pagingEnabled='true' restrictToRequestBBOX='1'{signed}"
    return QgsVectorLayer(source, name, "OAPIF")


def read(layer: Any, box: list[float]) -> dict[str, Any]:
    found: dict[str, Any] = {"is_valid": layer.isValid(), "error": layer.error().message()}
    if not layer.isValid():
        return found
    inside = QgsFeatureRequest().setFilterRect(QgsRectangle(*box))
    inside.setFlags(QgsFeatureRequest.ExactIntersect)
    return {
        **found,
        "inside": sorted(feature["id"] for feature in layer.getFeatures(inside)),
        "count": layer.featureCount(),
        "crs": layer.crs().authid(),
        "kind": QgsWkbTypes.displayString(layer.wkbType()),
        "fields": {field.name(): field.typeName() for field in layer.fields()},
        "features": {
            feature["id"]: bytes(feature.geometry().asWkb()).hex()
            for feature in layer.getFeatures()
        },
    }


def draw(layers: list[Any], box: list[float], path: Path) -> dict[str, Any]:
    """A picture in SWEREF 99 TM: how many colours it has, and how much of it is not paper."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(SWEREF_99_TM)
    move = QgsCoordinateTransform(WGS_84, SWEREF_99_TM, QgsProject.instance())
    settings.setExtent(move.transformBoundingBox(QgsRectangle(*box)))
    settings.setOutputSize(SIZE)
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    assert image.save(str(path))
    pixels = image.convertToFormat(QImage.Format_RGB32).bits()
    pixels.setsize(4 * SIZE.width() * SIZE.height())
    each = memoryview(bytes(pixels)).cast("I").tolist()
    paper = each.count(0xFFFFFFFF)
    return {"colours": len(set(each)), "painted": 1 - paper / len(each)}


def main(folder: Path) -> None:
    what = json.load(sys.stdin)
    url, box = what["url"], what["box"]
    authentication = sign_in(what["key"]) if "key" in what else ""
    layers = {name: open_layer(url, name, authentication) for name in what["names"]}
    found = {name: read(layer, box) for name, layer in layers.items()}
    for name, layer in layers.items():
        found[name]["picture"] = draw([layer], box, folder / f"{name}.png")
    tiles = f"{url}/collections/{what['names'][0]}/tiles/WebMercatorQuad"
    drawn = QgsVectorTileLayer(f"type=xyz&url={tiles}/{{z}}/{{y}}/{{x}}&zmin=0&zmax=16", "tiles")
    assert drawn.isValid()
    found["tiles"] = {"picture": draw([drawn], box, folder / "tiles.png")}
    json.dump(found, sys.stdout)
    sys.stdout.flush()
    # exitQgis() crashes while layers are alive (QGIS 3.22 of Debian 12).
    os._exit(0)


application = QgsApplication([], False)
application.initQgis()
main(Path(sys.argv[1]))
