"""What `VonMisesFisher` is and refuses; its information is tested with that of the other families."""

import pytest
import torch

import latentgeo as lg


def test_its_mean_in_three_dimensions() -> None:
    k = torch.tensor([0.5, 3.0, 200.0], dtype=torch.float64)
    loc = torch.tensor([0.0, 3.0, 4.0], dtype=torch.float64).expand(3, 3)
    mean = lg.VonMisesFisher(loc, k).mean
    torch.testing.assert_close(mean, (1 / k.tanh() - 1 / k)[:, None] * loc / 5)


def test_its_density_in_three_dimensions() -> None:
    k = torch.tensor([0.5, 3.0, 200.0], dtype=torch.float64)
    loc = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
    true = (k / (4 * torch.pi * k.sinh())).log()
    found = lg.VonMisesFisher(loc, k).log_prob(loc.new_tensor([0.0, 1.0, 0.0]))
    torch.testing.assert_close(found, true)


def test_evenly_spread_directions() -> None:
    loc = torch.eye(3, dtype=torch.float64)
    evenly = lg.VonMisesFisher(loc, 0.0)
    torch.testing.assert_close(evenly.log_prob(loc).exp(), torch.full_like(loc[0], 1 / (4 * torch.pi)))
    assert not bool(evenly.mean.any())


def test_it_is_known_by_its_mean() -> None:
    decoder = torch.nn.Linear(2, 4, dtype=torch.float64)
    metric = lg.PullbackMetric(lambda z: lg.VonMisesFisher(decoder(z), 2.0))
    z = torch.randn(3, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(metric.observe(z), lg.VonMisesFisher(decoder(z), 2.0).mean)
    assert metric.route == "forward mode, mean of VonMisesFisher"


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"two dimensions or more; got \(5, 1\)"):
        lg.VonMisesFisher(torch.ones(5, 1), 1.0)
    with pytest.raises(ValueError, match="concentration"):
        lg.VonMisesFisher(torch.ones(5, 3), -1.0)
