"""OGC API - Features and Tiles, for QGIS, GDAL and others."""
