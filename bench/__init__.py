"""Measurements; `make bench` runs them all and prints figures with what they are held against."""
