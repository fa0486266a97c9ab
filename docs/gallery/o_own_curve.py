"""A curve of your own, measured.

A family of arcs between two points: length, and energy, which is never below the squared length. `measure` says how
well a length is known.
"""


class Arc(lg.Curve):
    def __init__(self, height):
        self.height = height

    breaks = torch.tensor([0.0, 1.0], dtype=torch.float64)

    def __call__(self, t):
        return torch.stack([2 * t - 1, self.height * (torch.pi * t).sin()], -1).expand(1, -1, -1)

    def derivative(self, t):
        return torch.stack([2 + 0 * t, self.height * torch.pi * (torch.pi * t).cos()], -1).expand(1, -1, -1)

    def select(self, index):
        return self


heights = torch.linspace(-2, 2, 41).tolist()
plt.plot(heights, [lg.length(metric, Arc(height)).item() for height in heights], label="length")
plt.plot(
    heights, [lg.energy(metric, Arc(height)).item() ** 0.5 for height in heights], "--", label="root of the energy"
)
plt.gca().set(xlabel="height of the arc", ylabel="observation units")
plt.legend()
print(lg.measure(metric, Arc(1.0)))
