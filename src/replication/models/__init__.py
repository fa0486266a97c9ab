"""Trained models: kept, chosen, and opened as latent spaces."""
