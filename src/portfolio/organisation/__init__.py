"""The municipality itself: bodies that decide, departments that deliver, its levels and settings."""
