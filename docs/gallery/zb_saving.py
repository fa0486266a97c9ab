"""Saved and loaded.

A solution comes back to the bit, and a cache without asking the decoder.
"""

lg.save("solution.npz", solution)
later = lg.load("solution.npz", metric)
lg.plot.latent_map(metric, data=encodings, solution=later)
print(later)
