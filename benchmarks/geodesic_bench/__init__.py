"""GeodesicBench: geodesics of several libraries between the same points, measured alike.

See docs/explanation/geodesic_bench.md.
"""
