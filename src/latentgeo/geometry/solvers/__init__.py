"""Solvers of the geodesic problem: each turns a `Problem` of many pairs into a `Candidate`."""
