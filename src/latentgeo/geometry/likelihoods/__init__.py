"""The Fisher information of an observation's distribution, by family; see `latentgeo.geometry.metrics.fisher_rao`."""
