"""Ways to divide the municipality: schemes, areas, and the files they come from."""
