from .errors import DecoderError, FiniteDifferencesWarning, GeodesicError, NotFiniteError, PiecewiseLinearWarning
from .geometry.connection import christoffel
from .geometry.curvature import gaussian_curvature
from .geometry.distances import DistanceField, distance_field
from .geometry.expected import EnsembleMetric, ExpectedMetric
from .geometry.exponential import exponential
from .geometry.function_metric import FunctionMetric
from .geometry.functionals import energy, length, measure, velocity
from .geometry.geodesic import euclidean, geodesic, path
from .geometry.graph import Graph, ShortestPaths, knn_graph, shortest_paths
from .geometry.grid import GridMetric
from .geometry.logarithm import logarithm
from .geometry.metric import Metric, magnification_factor
from .geometry.pairwise import distance_matrix
from .geometry.periods import wrap
from .geometry.precision import RBFPrecision
from .geometry.pullback import PullbackMetric
from .geometry.scaled import ScaledMetric
from .geometry.seams import cut_at_seams
from .geometry.smoothing import SmoothedMetric
from .geometry.solution import GeodesicSolution, Outcome
from .geometry.solvers.bvp import BVP
from .geometry.solvers.gauss_newton import GaussNewton
from .geometry.solvers.graph_path import GraphPath
from .geometry.solvers.neural_curve import NeuralCurve
from .geometry.solvers.pacing import at_constant_velocity
from .geometry.solvers.spline_curve import SplineCurve
from .geometry.transport import parallel_transport

__all__ = [
    "BVP",
    "DecoderError",
    "DistanceField",
    "EnsembleMetric",
    "ExpectedMetric",
    "FiniteDifferencesWarning",
    "FunctionMetric",
    "GaussNewton",
    "GeodesicError",
    "GeodesicSolution",
    "Graph",
    "GraphPath",
    "GridMetric",
    "Metric",
    "NeuralCurve",
    "NotFiniteError",
    "Outcome",
    "PiecewiseLinearWarning",
    "PullbackMetric",
    "RBFPrecision",
    "ScaledMetric",
    "ShortestPaths",
    "SmoothedMetric",
    "SplineCurve",
    "at_constant_velocity",
    "christoffel",
    "cut_at_seams",
    "distance_field",
    "distance_matrix",
    "energy",
    "euclidean",
    "exponential",
    "gaussian_curvature",
    "geodesic",
    "knn_graph",
    "length",
    "logarithm",
    "magnification_factor",
    "measure",
    "parallel_transport",
    "path",
    "shortest_paths",
    "velocity",
    "wrap",
]
