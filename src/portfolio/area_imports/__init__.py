"""Boundary files read into a scheme: previewed, then applied or discarded (A6)."""
