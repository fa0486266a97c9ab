"""Steady distances.

Three decoders are fitted to the same encodings; how much do the geodesic distances of thirty pairs vary over them? The
line is the mean coefficient of variation, the band its 95 % interval.
"""

lengths = []
for seed in range(3):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        again = torch.nn.Sequential(
            torch.nn.Linear(2, 48), torch.nn.Tanh(), torch.nn.Linear(48, 64), torch.nn.Sigmoid()
        ).double()
    optimizer = torch.optim.Adam(again.parameters(), lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        (again(encodings) - x.double()).square().mean().backward()
        optimizer.step()
    lengths.append(lg.geodesic(lg.PullbackMetric(again.eval()), encodings[:30], encodings[30:60]).length)
found = lg.coefficient_of_variation(torch.stack(lengths), generator=torch.Generator().manual_seed(0))
plt.plot(found.per_pair.sort().values, ".")
plt.axhline(found.mean)
plt.axhspan(*found.mean_interval, alpha=0.2)
plt.gca().set(xlabel="pair, by its variation", ylabel="standard deviation over mean")
