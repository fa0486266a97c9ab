"""Metrics of latent spaces, curves in them, geodesics and distances."""
