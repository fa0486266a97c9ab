"""Riemannian geometry of latent spaces: metrics, geodesics and distances of a decoder."""

from latentgeo.errors import DecoderError, GeodesicError, PiecewiseLinearWarning
from latentgeo.geometry.distances import DistanceField, distance_field, distance_matrix
from latentgeo.geometry.functionals import energy, length, measure, velocity
from latentgeo.geometry.geodesic import euclidean, geodesic, path
from latentgeo.geometry.grid import GridMetric
from latentgeo.geometry.metric import FunctionMetric, Metric, PullbackMetric, magnification_factor
from latentgeo.geometry.smoothing import SmoothedMetric
from latentgeo.geometry.solution import GeodesicSolution, Outcome
from latentgeo.geometry.solvers.graph_path import GraphPath
from latentgeo.geometry.solvers.neural_curve import NeuralCurve
from latentgeo.geometry.solvers.spline_curve import SplineCurve

__all__ = [
    "DecoderError",
    "DistanceField",
    "FunctionMetric",
    "GeodesicError",
    "GeodesicSolution",
    "GraphPath",
    "GridMetric",
    "Metric",
    "NeuralCurve",
    "Outcome",
    "PiecewiseLinearWarning",
    "PullbackMetric",
    "SmoothedMetric",
    "SplineCurve",
    "distance_field",
    "distance_matrix",
    "energy",
    "euclidean",
    "geodesic",
    "length",
    "magnification_factor",
    "measure",
    "path",
    "velocity",
]
