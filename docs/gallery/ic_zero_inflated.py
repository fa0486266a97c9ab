"""Counts with too many zeros.

To the right nearly all zeros have another reason than small rates, and counts tell steps apart less.
"""


def counts(z):
    logits = torch.stack([z[:, 1], z[:, 0] * z[:, 1]], 1)
    return lg.ZeroInflatedNegativeBinomial(2.0, logits, 3 * z[:, :1])


zeros = lg.FisherRaoMetric(counts)
below, above = torch.tensor([[[0.4, -1.0]], [[0.4, 1.0]]], dtype=torch.float64)
lg.plot.latent_map(zeros, solution=lg.geodesic(zeros, below, above), bounds=((-1.5, 1.5), (-1.5, 1.5)))
