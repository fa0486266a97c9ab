"""The formats of artifacts, and what reads them by name."""
