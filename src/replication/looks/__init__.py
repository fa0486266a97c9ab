"""How figures and films look."""
