"""A decoder of one's own.

An importance-weighted autoencoder, its weights the best of twenty on images that it is not trained on; how good they
are by how many samples; and the bound that the training climbs.
"""

from latentgeo.generative import IWAE, TrainingSettings, fit, importance_weighted_bound, test_bound

own = IWAE(64, 2, (64,), initialisation="torch", gain=5, generator=torch.Generator().manual_seed(1))
recipe = TrainingSettings(steps=400, batch=100, learning_rate=4e-3, samples=[(0, 5)])
rows = fit(own, x[:1500], x[1500:], recipe, torch.Generator().manual_seed(2)).history
for samples in (1, 5, 50):
    print(samples, test_bound(own, x[1500:], samples, torch.Generator().manual_seed(3), batch=100))
with torch.no_grad():
    log_weights = own.log_weights(x[1500:], 50, torch.Generator().manual_seed(3))
plt.plot([row["step"] for row in rows], [row["bound_valid"] for row in rows], marker=".")
plt.axhline(float(importance_weighted_bound(log_weights).mean()), linestyle="--", label="best weights, 50 samples")
plt.gca().set(xlabel="step", ylabel="bound on the log-likelihood, nats an image")
plt.legend()
