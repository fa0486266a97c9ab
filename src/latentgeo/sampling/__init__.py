"""Random points and random motion in a latent space that is measured by a metric."""
