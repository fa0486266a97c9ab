"""A density of the encodings.

Gaussian kernels, of the bandwidth under which encodings that carry none are likeliest: their density, and the factor
that is made of it, 1 where 95 % of the encodings are and thirty away from them.
"""

kernels = lg.KernelFactor.fit(encodings, 512, kappa=30, generator=torch.Generator().manual_seed(0))
x_axis, y_axis = (torch.linspace(low, high, 120, dtype=torch.float64) for low, high in box)
z = torch.cartesian_prod(x_axis, y_axis)
figure, both = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for axes, values, name in zip(both, (kernels.log_density(z), kernels(z)), ("log density", "factor")):
    shown = axes.pcolormesh(x_axis, y_axis, values.clamp(min=-15).view(120, 120).T)
    figure.colorbar(shown, ax=axes, label=name)
    axes.plot(*encodings[:300].T, ",", color="white")
    axes.set(xlabel="latent $z_1$", ylabel="latent $z_2$", aspect="equal")
