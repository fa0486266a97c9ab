"""What is warned of, and what is refused.

A ReLU decoder has a metric that is constant on pieces, as the map shows. Each message says what was found and what to
do about it.
"""

import warnings

with torch.random.fork_rng():
    torch.manual_seed(0)
    relu = torch.nn.Sequential(torch.nn.Linear(2, 24), torch.nn.ReLU(), torch.nn.Linear(24, 64)).double()
    wide = torch.nn.Sequential(torch.nn.Linear(3, 24), torch.nn.Tanh(), torch.nn.Linear(24, 64)).double()
wide[0].weight.data *= torch.tensor([4, 4, 4e-3])
detached = lambda z: decoder(z.detach() * 1.0) + z.sum(1, keepdim=True)  # noqa: E731 - its derivative is hidden from torch
said = []
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    kinked = lg.PullbackMetric(relu)
    lg.PullbackMetric(detached)(encodings[:4])
    lg.plot.latent_map(kinked, bounds=box)
    ends = torch.tensor([[1.0, 0.5, 0.0], [-1.0, 0.5, 0.0]]).double()
    lg.geodesic(lg.PullbackMetric(wide), ends[:1], ends[1:], lg.SplineCurve(max_iterations=1, doublings=0))
said += [
    f"{kind.__name__}: {w.message}"
    for w in caught
    for kind in (lg.PiecewiseLinearWarning, lg.FiniteDifferencesWarning, lg.UnusedAxesWarning)
    if w.category is kind
]
attempts = {
    lg.DecoderError: lambda: lg.PullbackMetric(lambda z: decoder(z).round())(encodings[:4]),
    lg.NotFiniteError: lambda: lg.GridMetric(
        lg.FunctionMetric(lambda z: torch.eye(2).double() / (z[:, :1, None] * 0)), box
    ),
    lg.GeodesicError: lambda: lg.geodesic(metric, eights[:3], threes[:3], lg.GraphPath(), bounds=box, throw=True),
}
for kind, attempt in attempts.items():
    try:
        attempt()
    except kind as error:
        said.append(f"{kind.__name__}: {error}")
print("\n".join(said))
