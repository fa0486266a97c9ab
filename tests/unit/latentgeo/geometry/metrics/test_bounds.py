import torch

from latentgeo.geometry.metrics.bounds import checked_bounds


def test_bounds_are_taken_to_the_last_digit() -> None:
    box = ((0.1, 0.3), (-1.6, 1.7))
    assert checked_bounds(box) == box
    assert checked_bounds(torch.tensor(box, dtype=torch.float64)) == box
    single = torch.tensor(box)
    assert checked_bounds(single) == tuple(map(tuple, single.double().tolist()))
