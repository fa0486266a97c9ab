"""Distances of many points at once."""
