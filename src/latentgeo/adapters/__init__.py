"""Decoders of models that other packages made: `pythae`, `diffusers`, `scvi`, one file each.

None imports its package: a model is known by what it has, and refused by name where that is not enough. Each gives a
module (batch, latent) -> observations or distributions, a copy in evaluation mode and float64, for any metric.
"""

from latentgeo.adapters import diffusers, pythae, scvi

__all__ = ["diffusers", "pythae", "scvi"]
