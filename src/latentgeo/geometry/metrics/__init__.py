"""Metrics of latent spaces, their derivatives, and their cache on a grid."""
