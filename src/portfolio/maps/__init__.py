"""The layers of the map: which features there are, and what each of them says."""
