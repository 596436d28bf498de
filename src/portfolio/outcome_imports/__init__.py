"""Ledger files previewed, applied and discarded."""
