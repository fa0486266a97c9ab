"""A replication of "Metrics for Deep Generative Models" (Chen et al., AISTATS 2018)."""
