"""The portfolio as files for a GIS."""
