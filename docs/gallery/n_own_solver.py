"""A solver of your own.

Anything with `solve(problem)`: this one bends the straight line to either side and keeps the shortest of 41 polylines.
"""


class Bend:
    def solve(self, problem: lg.Problem) -> lg.Candidate:
        t = torch.linspace(0, 1, 33, dtype=torch.float64)[:, None]
        across = (problem.z1 - problem.z0).flip(1) * torch.tensor([1.0, -1.0])
        bends = []
        for share in torch.linspace(-1, 1, 41).tolist():
            line = problem.z0[:, None] + t * (problem.z1 - problem.z0)[:, None]
            bends.append(lg.Polyline(line + share * (4 * t * (1 - t)) * across[:, None]))
        lengths = torch.stack([lg.length(problem.metric, bend) for bend in bends])
        best = lengths.argmin(0)
        points = torch.stack([bends[k].points[n] for n, k in enumerate(best.tolist())])
        unknown = torch.full_like(lengths[0], float("nan"))
        ended = [lg.Outcome.MAX_ITERATIONS] * len(best)
        return lg.Candidate(lg.Polyline(points), ended, unknown, torch.full_like(best, 41), "Bend")


assert isinstance(Bend(), lg.Solver)
lg.plot.latent_map(metric, data=encodings, solution=lg.geodesic(metric, encodings[:6], encodings[6:12], Bend()))
