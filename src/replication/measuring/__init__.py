"""Paths between encodings, and what is measured of them."""
