"""Indicators of areas, read from a spreadsheet."""
