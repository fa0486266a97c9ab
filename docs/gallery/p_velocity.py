"""Velocity, and even time.

A straight line hurries and idles; run through at constant velocity it is the same line, in another time.
"""

line = lg.euclidean(metric, eights[pair], threes[pair])
t = torch.linspace(0, 1, 300, dtype=torch.float64)
even = lg.at_constant_velocity(metric, line.curve)
plt.plot(t, lg.velocity(metric, line.curve, t)[0], color="#D55E00", label="straight line, latent time")
plt.plot(t, lg.velocity(metric, even, t)[0], "--", color="black", label="the same at constant velocity")
plt.gca().set(xlabel="time", ylabel="velocity", ylim=(0, None))
plt.legend()
