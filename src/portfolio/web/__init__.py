"""The only shared package that knows HTTP."""
