"""Peers' benchmark: geodesics of several libraries between the same points, measured alike. See `make peers`."""
