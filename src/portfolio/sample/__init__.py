"""A sample municipality to try things on: real boundaries, fictional everything else."""
