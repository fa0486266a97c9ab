from .errors import DecoderError, GeodesicError, PiecewiseLinearWarning
from .geometry.distances import DistanceField, distance_field, distance_matrix
from .geometry.functionals import energy, length, measure, velocity
from .geometry.geodesic import euclidean, geodesic, path
from .geometry.grid import GridMetric
from .geometry.metric import FunctionMetric, Metric, PullbackMetric, magnification_factor
from .geometry.smoothing import SmoothedMetric
from .geometry.solution import GeodesicSolution, Outcome
from .geometry.solvers.bvp import BVP
from .geometry.solvers.gauss_newton import GaussNewton
from .geometry.solvers.graph_path import GraphPath
from .geometry.solvers.neural_curve import NeuralCurve
from .geometry.solvers.spline_curve import SplineCurve

__all__ = [
    "BVP",
    "DecoderError",
    "DistanceField",
    "FunctionMetric",
    "GaussNewton",
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
