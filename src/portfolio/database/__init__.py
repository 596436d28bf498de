"""The only package that knows there are two engines."""
