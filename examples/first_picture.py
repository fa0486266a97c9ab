"""The README's lines, as they stand there: a decoder of digits, two pictures, and a page to explore it."""
# ruff: noqa: E402

import torch
from sklearn.datasets import load_digits

from latentgeo.generative import IWAE, TrainingSettings, fit

digits = load_digits()
x, labels = torch.tensor(digits.data / 16, dtype=torch.float32), digits.target
generator = torch.Generator().manual_seed(0)
model = IWAE(obs=64, latent=2, hidden=(128, 128), initialisation="torch", gain=5, generator=generator)
fit(model, x[:1500], x[1500:], TrainingSettings(steps=1500, batch=100, learning_rate=4e-3, samples=[(0, 5)]), generator)
decoder, z = model.decoder.double().eval(), model.encode(x)[0].detach()

import latentgeo as lg

metric = lg.PullbackMetric(decoder)  # how much the image changes at each latent point, in each direction
z0, z1 = z[labels == 8][:4], z[labels == 3][:4]  # four pairs: from an eight to a three
solution = lg.geodesic(metric, z0, z1, data=z)  # all pairs at once
line = lg.euclidean(metric, z0, z1)  # the straight lines, measured alike
print(solution, line.length / solution.length)
lg.plot.latent_map(metric, data=z, labels=labels, solution=solution).figure.savefig("map.png")
lg.plot.along(solution, decoder, pair=2, shape=(8, 8)).figure.savefig("along.png")
lg.explore(decoder, z, labels=labels, frames="image", out="explorer.html")  # drag two points in a browser
