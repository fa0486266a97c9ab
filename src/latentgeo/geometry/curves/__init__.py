"""Curves in latent space, whatever the metric."""
