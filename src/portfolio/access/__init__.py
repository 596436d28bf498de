"""Who may do what: API keys, roles, and the table of routes."""
