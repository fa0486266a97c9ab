"""G v without G, for every metric and every route to a decoder's derivatives."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from surfaces import draw, hyperbolic_ball, random_mlp

DECODER = random_mlp(4, hidden=8, obs=9)
RAW = lg.PullbackMetric(DECODER)
METRICS = {
    "layers": RAW,
    "forward mode": lg.PullbackMetric(lambda z: DECODER(z)),
    "smoothed": lg.SmoothedMetric(RAW, 0.5),
    "scaled": lg.ScaledMetric(RAW, lambda z: 1 + z.square().sum(1)),
    "ensemble": lg.EnsembleMetric([DECODER, random_mlp(4, hidden=8, obs=9, seed=1)]),
    "function": hyperbolic_ball(4).metric,
}


@pytest.mark.parametrize("name", METRICS)
def test_it_is_the_tensor_times_the_vector(name: str) -> None:
    z, v = draw(5, 4, -0.4, 0.4)
    expected = torch.einsum("bij,bj->bi", METRICS[name](z), v)
    torch.testing.assert_close(lg.metric_product(METRICS[name], z, v), expected, rtol=1e-11, atol=1e-11)


@pytest.mark.filterwarnings("ignore::latentgeo.FiniteDifferencesWarning")
def test_by_differences_of_values() -> None:
    def detached(z: Tensor) -> Tensor:
        return DECODER(z.detach())

    z, v = draw(3, 4, -1, 1)
    found = lg.metric_product(lg.PullbackMetric(detached), z, v)
    torch.testing.assert_close(found, lg.metric_product(RAW, z, v), rtol=1e-6, atol=1e-7)


def test_hundreds_of_dimensions_form_no_tensor(monkeypatch: pytest.MonkeyPatch) -> None:
    metric = lg.PullbackMetric(random_mlp(300, hidden=16, obs=20))
    z, v = draw(3, 300, -1, 1)
    expected = torch.einsum("bij,bj->bi", metric(z), v)

    def refused(*_: object) -> None:
        raise AssertionError("all directions were asked for")

    monkeypatch.setattr(type(metric._way), "jacobian", refused)
    torch.testing.assert_close(lg.metric_product(metric, z, v), expected, rtol=1e-11, atol=1e-11)


def test_no_gradient_is_kept_and_gradients_may_be_off() -> None:
    metric = lg.PullbackMetric(random_mlp(4, hidden=8, obs=9).requires_grad_(), weight_gradients=True)
    z, v = draw(2, 4, -1, 1)
    found = lg.metric_product(metric, z.requires_grad_(), v.requires_grad_())
    assert not found.requires_grad
    with torch.no_grad():
        torch.testing.assert_close(lg.metric_product(metric, z, v), found)
    assert lg.metric_product(metric, z[:0], v[:0]).shape == (0, 4)


@pytest.mark.usefixtures("unchecked")
def test_vectors_that_do_not_fit() -> None:
    z, v = draw(2, 4, -1, 1)
    with pytest.raises(ValueError, match="z and v must have the same shape"):
        lg.metric_product(RAW, z, v[:1])
