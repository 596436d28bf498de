"""Plan lines and settings over HTTP: both change where investments stand (G13)."""
