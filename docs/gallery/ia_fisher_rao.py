"""How well images tell places apart.

The Fisher information of binary pixels: black that turns grey counts for more than grey that turns darker.
"""

told_apart = lg.FisherRaoMetric(decoder[:-1], lambda logits: torch.distributions.Bernoulli(logits=logits))
shortest = lg.geodesic(told_apart, eights[pair], threes[pair])
lg.plot.latent_map(told_apart, data=encodings, bounds=box, solution=shortest)
