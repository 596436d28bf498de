"""Frames, allocations and the ledger that every movement of money is kept in."""
