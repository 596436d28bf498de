"""The portfolio on paper: one page for a program, and what is laid before a body at a gate."""
