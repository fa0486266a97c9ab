from . import plot as plot
from .errors import (
    DecoderError,
    FiniteDifferencesWarning,
    GeodesicError,
    NotFiniteError,
    PiecewiseLinearWarning,
    UnusedAxesWarning,
)
from .explorer.explore import explore
from .explorer.frames import Frames
from .geometry.calculus.conjugate import conjugate_points
from .geometry.calculus.connection import christoffel
from .geometry.calculus.curvature import gaussian_curvature
from .geometry.calculus.exponential import exponential
from .geometry.calculus.jacobi import jacobi_field
from .geometry.calculus.riemann import ricci, riemann, scalar_curvature, sectional_curvature
from .geometry.calculus.transport import parallel_transport
from .geometry.curves.curve import Curve, Polyline
from .geometry.curves.seams import cut_at_seams
from .geometry.distances.field import DistanceField, distance_field
from .geometry.distances.pairwise import distance_matrix
from .geometry.functionals import energy, length, measure, velocity
from .geometry.geodesics.ensemble import ensemble_energy, ensemble_geodesic, ensemble_length
from .geometry.geodesics.geodesic import euclidean, geodesic, path
from .geometry.geodesics.logarithm import logarithm
from .geometry.graph import Graph, ShortestPaths, knn_graph, shortest_paths
from .geometry.likelihoods.von_mises_fisher import VonMisesFisher
from .geometry.likelihoods.zero_inflated import ZeroInflatedNegativeBinomial
from .geometry.metrics.bounds import Bounds
from .geometry.metrics.density_factor import DensityFactor
from .geometry.metrics.eigenpairs import top_eigenpairs
from .geometry.metrics.expected import EnsembleMetric, ExpectedMetric
from .geometry.metrics.fisher_rao import FisherRaoMetric
from .geometry.metrics.function_metric import FunctionMetric
from .geometry.metrics.grid import GridMetric
from .geometry.metrics.kernel_factor import KernelFactor
from .geometry.metrics.log_magnification import log_magnification_factor
from .geometry.metrics.metric import Metric, magnification_factor
from .geometry.metrics.product import metric_product
from .geometry.metrics.pullback import PullbackMetric
from .geometry.metrics.rbf_precision import RBFPrecision
from .geometry.metrics.scaled import ScaledMetric
from .geometry.metrics.smoothing import SmoothedMetric
from .geometry.periods import wrap
from .geometry.solution import Candidate, GeodesicSolution, Outcome, Problem, Solver
from .geometry.solvers.bvp import BVP
from .geometry.solvers.gauss_newton import GaussNewton
from .geometry.solvers.georce import Georce
from .geometry.solvers.graph_path import GraphPath
from .geometry.solvers.neural_curve import NeuralCurve
from .geometry.solvers.pacing import at_constant_velocity
from .geometry.solvers.spline_curve import SplineCurve
from .sampling.brownian import BrownianMotion, brownian_motion
from .sampling.heat import HeatKernel, heat_kernel
from .sampling.hmc import HMCSamples, riemannian_hmc
from .sampling.volume import sample_volume
from .saving import load, save
from .statistics.frechet import frechet_mean, frechet_median
from .statistics.geodesic_pca import geodesic_pca
from .statistics.k_means import k_means
from .statistics.kernel import kernel_density
from .statistics.land import locally_adaptive_normal
from .statistics.land_mixture import locally_adaptive_mixture
from .statistics.medoids import k_medoids
from .statistics.regression import geodesic_regression
from .statistics.tangent_pca import tangent_pca
from .statistics.variation import coefficient_of_variation

__version__: str

__all__ = [
    "BVP",
    "Bounds",
    "BrownianMotion",
    "Candidate",
    "Curve",
    "DecoderError",
    "DensityFactor",
    "DistanceField",
    "EnsembleMetric",
    "ExpectedMetric",
    "FiniteDifferencesWarning",
    "FisherRaoMetric",
    "Frames",
    "FunctionMetric",
    "GaussNewton",
    "GeodesicError",
    "GeodesicSolution",
    "Georce",
    "Graph",
    "GraphPath",
    "GridMetric",
    "HMCSamples",
    "HeatKernel",
    "KernelFactor",
    "Metric",
    "NeuralCurve",
    "NotFiniteError",
    "Outcome",
    "PiecewiseLinearWarning",
    "Polyline",
    "Problem",
    "PullbackMetric",
    "RBFPrecision",
    "ScaledMetric",
    "ShortestPaths",
    "SmoothedMetric",
    "Solver",
    "SplineCurve",
    "UnusedAxesWarning",
    "VonMisesFisher",
    "ZeroInflatedNegativeBinomial",
    "at_constant_velocity",
    "brownian_motion",
    "christoffel",
    "coefficient_of_variation",
    "conjugate_points",
    "cut_at_seams",
    "distance_field",
    "distance_matrix",
    "energy",
    "ensemble_energy",
    "ensemble_geodesic",
    "ensemble_length",
    "euclidean",
    "explore",
    "exponential",
    "frechet_mean",
    "frechet_median",
    "gaussian_curvature",
    "geodesic",
    "geodesic_pca",
    "geodesic_regression",
    "heat_kernel",
    "jacobi_field",
    "k_means",
    "k_medoids",
    "kernel_density",
    "knn_graph",
    "length",
    "load",
    "locally_adaptive_mixture",
    "locally_adaptive_normal",
    "log_magnification_factor",
    "logarithm",
    "magnification_factor",
    "measure",
    "metric_product",
    "parallel_transport",
    "path",
    "plot",
    "ricci",
    "riemann",
    "riemannian_hmc",
    "sample_volume",
    "save",
    "scalar_curvature",
    "sectional_curvature",
    "shortest_paths",
    "tangent_pca",
    "top_eigenpairs",
    "velocity",
    "wrap",
]
