"""What runs and what is current: configuration, provenance, dependencies, leftovers."""
