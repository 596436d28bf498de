"""The chain of events: who changed what, when, from what, to what."""
