"""Magnification at the data.

How much image there is in a piece of latent space, at each encoding: least in the middle of a class.
"""

factor = lg.magnification_factor(metric, encodings)
dots = plt.scatter(*encodings.T, c=factor, s=6, cmap="cividis")
plt.colorbar(dots, label="magnification factor")
plt.gca().set(xlabel="latent $z_1$", ylabel="latent $z_2$", aspect="equal")
