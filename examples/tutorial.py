# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From digits to geodesics
#
# A variational autoencoder learns to write each image as two numbers, its *latent point*, and to draw the image again
# from them. The part that draws is the *decoder*. Here one is trained on scikit-learn's digits, and then we ask what
# its latent space looks like to somebody who sees images and not numbers: which places are far from each other, which
# way leads from one digit to another, and what is met on the way. All of it takes a minute on one processor.
#
# It needs `pip install ".[plot]" scikit-learn` in a clone of this repository.

# %%
import torch
from sklearn.datasets import load_digits

import latentgeo as lg
from latentgeo.generative import IWAE, TrainingSettings, fit

# %% [markdown]
# ## Train a decoder
#
# The 1,797 images have 8 x 8 pixels from 0 to 1. The model is an importance-weighted autoencoder (IWAE): with one
# sample an image (`samples=[(0, 1)]`) it is the usual variational autoencoder; with five its bound on the likelihood
# is tighter, and the decoder fits better. The last 297 images choose the best weights on the way.

# %%
digits = load_digits()
x, labels = torch.tensor(digits.data / 16, dtype=torch.float32), digits.target
generator = torch.Generator().manual_seed(0)
model = IWAE(obs=64, latent=2, hidden=(128, 128), initialisation="torch", gain=5, generator=generator)
settings = TrainingSettings(steps=1500, batch=100, learning_rate=4e-3, samples=[(0, 5)], validations=5)
result = fit(model, x[:1500], x[1500:], settings, generator)
print(f"{result.seconds:.0f} s; bound on the log-likelihood {result.history[-1]['bound_valid']:.1f} nats an image")

# %% [markdown]
# Geometry is meant for double precision, and asks for any callable from latent points `(batch, 2)` to observations.
# The encoder gives each image its place.

# %%
decoder = model.decoder.double().eval()
encodings = model.encode(x)[0].detach().double()

# %% [markdown]
# ## The latent space as a map
#
# Move a latent point by a little, and the image changes by something. How much, in which direction, is what the
# *metric* says: a 2 x 2 matrix at each point, `G = JᵀJ` with `J` the decoder's derivative. The square root of its
# determinant, the *magnification factor*, is how much image there is in a piece of latent space; it is dark on the
# map where a small step changes much. Dark bands are borders between digits. Nothing of this is seen by the
# straight-line distance.

# %% The digits' latent space: magnification factor in greys, encodings coloured by digit
metric = lg.PullbackMetric(decoder)
axes = lg.plot.latent_map(metric, data=encodings, labels=labels)

# %% [markdown]
# ## A geodesic
#
# A *geodesic* is the shortest curve between two points, when steps are measured in the images: the way along which
# the picture changes least. Many pairs are solved in one call. Each has an *outcome*, which says whether the solver
# kept its promise: a curve that is `converged` is longer than the shortest nearby by a thousandth at most.

# %%
eights, threes = encodings[labels == 8][:20], encodings[labels == 3][:20]
solution = lg.geodesic(metric, eights, threes, data=encodings)
line = lg.euclidean(metric, eights, threes)
print(solution)
print(f"the straight lines are {line.length.mean() / solution.length.mean():.2f} times as long")

# %% [markdown]
# Here is the pair for which the line does worst. Orange and dashed: the straight line; blue: the geodesic.

# %% The map with the straight line and the geodesic of one pair
worst = int((line.length / solution.length).argmax())
pair = slice(worst, worst + 1)
one = lg.geodesic(metric, eights[pair], threes[pair], data=encodings)
axes = lg.plot.latent_map(metric, data=encodings, labels=labels, solution=one)

# %% [markdown]
# What the decoder draws along both, and how fast the picture changes: the geodesic's velocity is constant, the line
# hurries across a border and idles elsewhere.

# %% Decoded images along the line and along the geodesic, and both velocities
axes = lg.plot.along(one, decoder, shape=(8, 8))

# %% [markdown]
# ## Stay with the data
#
# Nothing keeps a shortest curve where there are data: where the decoder has learnt nothing it hardly changes, and
# such places are cheap to cross. `RBFPrecision` learns from the encodings where they are; as a factor it makes all
# else dear, up to `kappa` times. This metric is called *conformal*, and is the one to use if a path should be one of
# plausible images.

# %% The conformal metric's map, dark away from the data, with its geodesic
precision = lg.RBFPrecision.fit(encodings, generator=torch.Generator().manual_seed(0))
conformal = lg.ScaledMetric(metric, precision)
kept = lg.geodesic(conformal, eights[pair], threes[pair], data=encodings)
axes = lg.plot.latent_map(conformal, data=encodings, labels=labels, solution=kept)

# %% [markdown]
# ## Distances
#
# Lines of equal distance around a point show how far the images are from that one. They crowd where digits change.

# %% Lines of equal geodesic distance around one digit
axes = lg.plot.latent_map(metric, data=encodings, labels=labels, source=eights[0])

# %% [markdown]
# All distances among the images that chose the weights, and whether those near by geodesic distance are of the same
# digit more often than those near on the map:

# %%
points, digit = encodings[1500:], torch.tensor(labels[1500:])
for name, distance in (
    ("geodesic", lg.distance_matrix(metric, points)),
    ("straight", torch.cdist(points, points)),
):
    nearest = distance.argsort(1)[:, 1:11]
    same = (digit[nearest] == digit[:, None]).double().mean()
    print(f"{name}: {100 * same:.1f} % of an image's ten nearest are of its own digit")

# %% [markdown]
# ## Where to go on
#
# - Another decoder, yours: [a decoder of your kind](../docs/howto/decoder.md).
# - Why lines lie, and which metric when: [the geometry in two pages](../docs/explanation/geometry.md),
#   [which metric when](../docs/explanation/which_metric.md).
# - Every function with a picture: [gallery](../docs/gallery.md).
