from .errors import DecoderError, GeodesicError, PiecewiseLinearWarning
from .geometry.distances import DistanceField, distance_field, distance_matrix
from .geometry.expected import EnsembleMetric, ExpectedMetric
from .geometry.functionals import energy, length, measure, velocity
from .geometry.geodesic import euclidean, geodesic, path
from .geometry.grid import GridMetric
from .geometry.metric import FunctionMetric, Metric, PullbackMetric, magnification_factor
from .geometry.precision import RBFPrecision
from .geometry.scaled import ScaledMetric
from .geometry.smoothing import SmoothedMetric
from .geometry.solution import GeodesicSolution, Outcome
from .geometry.solvers.graph_path import GraphPath
from .geometry.solvers.neural_curve import NeuralCurve
from .geometry.solvers.spline_curve import SplineCurve

__all__ = [
    "DecoderError",
    "DistanceField",
    "EnsembleMetric",
    "ExpectedMetric",
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
    "RBFPrecision",
    "ScaledMetric",
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
