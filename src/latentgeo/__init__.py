"""Riemannian geometry of latent spaces: metrics, geodesics and distances of a decoder."""
