"""Programs: the mandate, the area, the members and the gates its investments pass."""
