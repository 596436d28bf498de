"""The municipality itself: who decides, who delivers, its levels and settings."""
