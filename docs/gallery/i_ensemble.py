"""Several decoders.

Three small ones are fitted to the same encodings; the metric is the mean of theirs.
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
lg.plot.latent_map(ensemble, data=encodings, labels=labels)
