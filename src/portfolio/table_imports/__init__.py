"""Investments and plan lines from spreadsheets, previewed and applied."""
