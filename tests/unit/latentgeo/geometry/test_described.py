from dataclasses import replace
from pathlib import Path

import pytest
import torch

import latentgeo as lg

ROOT = Path(__file__).parents[4]
DECODER = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 5)).double()
METRIC = lg.PullbackMetric(DECODER)
Z = torch.randn(60, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
PRECISION = lg.RBFPrecision.fit(Z, centres=8, generator=torch.Generator().manual_seed(0))
SOLVED = lg.geodesic(METRIC, Z[:3] / 9, Z[3:6] / 9)


def test_where_curves_still_move_it_says_how_much_and_where_to_read_on() -> None:
    outcome = [lg.Outcome.CONVERGED, *2 * [lg.Outcome.MAX_ITERATIONS]]
    moving = replace(SOLVED, outcome=outcome, residual=torch.tensor([0.5, 2e-3, float("nan")]))
    assert "; residual up to 0.002, what to do: docs/howto/not_converged; " in repr(moving)
    assert "what to do" not in repr(SOLVED)
    assert (ROOT / "docs/howto/not_converged.md").is_file()


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (PRECISION, "centres: 8 x 2, weights: 8"),
        (
            lg.SmoothedMetric(METRIC, 0.5, rank=1),
            "SmoothedMetric(PullbackMetric(Sequential, layers), lambda_s=0.5, rank=1)",
        ),
        (lg.ScaledMetric(METRIC, PRECISION), "ScaledMetric(PullbackMetric(Sequential, layers), RBFPrecision(centres"),
        (lg.GridMetric(METRIC, ((-1.0, 1.0), (0.0, 0.5)), 9), "[-1, 1] x [0, 0.5], 9 x 9 nodes, error"),
        (lg.EnsembleMetric([DECODER, DECODER]), "EnsembleMetric(PullbackMetric(Sequential, layers), PullbackMetric"),
        (SOLVED, "3 pairs: 3 converged, mean length"),
        (SOLVED.curve, "(3 pairs, 2 latent dimensions)"),
        (lg.logarithm(METRIC, Z[:3] / 9, Z[3:6] / 9), "velocity: 3 x 2, length: 3, residual: 3, outcome: 3 converged"),
        (lg.exponential(METRIC, Z[:3] / 9, Z[3:6] / 9), "outcome: 3 reached"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_repr_says_what_a_thing_is_in_a_line(thing: object, words: str) -> None:
    assert words in repr(thing)
    assert len(repr(thing)) < 250
