"""Figures about areas, such as residents and area type, and what follows for other schemes."""
