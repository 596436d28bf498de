"""Investments, where they are, and what share of them each area has."""
