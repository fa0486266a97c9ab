"""Several decoders.

Three small ones are fitted to the same encodings. Under the mean of their metrics (blue) only their change counts;
where every point of a curve is decoded by a member of its own (green), so does what they disagree on, and points
gather where that is least.
"""

members = []
for seed in range(3):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        member = torch.nn.Sequential(
            torch.nn.Linear(2, 48), torch.nn.Tanh(), torch.nn.Linear(48, 64), torch.nn.Sigmoid()
        )
    member.double()
    optimizer = torch.optim.Adam(member.parameters(), lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        (member(encodings) - x.double()).square().mean().backward()
        optimizer.step()
    members.append(member.eval())
ensemble = lg.EnsembleMetric(members)
shortest = lg.geodesic(ensemble, eights[pair], threes[pair])
axes = lg.plot.latent_map(ensemble, data=encodings, solution=shortest)
drawn = lg.ensemble_geodesic(ensemble, eights[pair], threes[pair], 32, start=shortest.curve)
axes.plot(*drawn.points[0].T, ".-", color="#009E73")
before = lg.ensemble_energy(ensemble, shortest.curve, 32).item()
length = lg.ensemble_length(ensemble, drawn.points).item()
axes.set_title(f"energy {before:.3g}, then {drawn.energy.item():.3g}; length {length:.3g}")
