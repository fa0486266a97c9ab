"""Generative models whose decoders the geometry is taken of: importance-weighted autoencoders."""

from latentgeo.generative.bound import importance_weighted_bound
from latentgeo.generative.evaluation import test_bound
from latentgeo.generative.iwae import IWAE
from latentgeo.generative.training import TrainingResult, TrainingState, fit
from latentgeo.training_settings import TrainingSettings

__all__ = [
    "IWAE",
    "TrainingResult",
    "TrainingSettings",
    "TrainingState",
    "fit",
    "importance_weighted_bound",
    "test_bound",
]
