"""Measurements that need an environment of their own; the kernels are in tests/benchmarks."""
