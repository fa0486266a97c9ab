"""Decoders that generated ones were minimised to: each was answered wrongly, or ended in an error of torch's."""

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg

Z = torch.tensor([[0.3, -0.4], [0.7, 0.2], [-0.5, 0.9]], dtype=torch.float64)
A = torch.tensor([[1.0, 0.5, -0.3], [0.2, -1.0, 0.8]], dtype=torch.float64)


def pulled(jacobian: Tensor) -> Tensor:
    """J^T J of (batch, obs, latent)."""
    return jacobian.mT @ jacobian


def by_reverse_mode(decoder: object, z: Tensor = Z) -> Tensor:
    assert callable(decoder)
    return pulled(torch.stack([torch.func.jacrev(lambda p: decoder(p[None])[0])(row) for row in z]))


def test_a_decoder_may_work_in_place_on_its_input() -> None:
    z = Z.clone()
    G = lg.PullbackMetric(lambda z: torch.tanh(z.mul_(2) @ A))(z)
    assert torch.equal(z, Z)
    torch.testing.assert_close(G, by_reverse_mode(lambda z: torch.tanh(2 * z @ A)))


def test_a_first_layer_may_work_in_place() -> None:
    z = Z.clone()
    layers = nn.Sequential(nn.ELU(inplace=True), nn.Linear(2, 3)).double()
    G = lg.PullbackMetric(layers, probe=z)(z)
    assert torch.equal(z, Z)
    torch.testing.assert_close(G, by_reverse_mode(nn.Sequential(nn.ELU(), layers[1])))


def test_output_elsewhere_is_refused() -> None:
    with pytest.raises(lg.DecoderError, match=r"where latent points are: cpu; got meta"):
        lg.PullbackMetric(lambda z: (z @ A).to("meta"))(Z)


def test_messages_are_one_line() -> None:
    def decoder(z: Tensor) -> Tensor:
        raise ValueError("one\ntwo")

    with pytest.raises(lg.DecoderError, match=r"one; if they") as caught:
        lg.PullbackMetric(decoder)(Z)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::latentgeo.FiniteDifferencesWarning")
def test_differences_near_a_kink() -> None:
    """Places at both sides of the kink gave a mixture of both slopes."""

    def decoder(z: Tensor) -> Tensor:
        return torch.where(z > 0, z.sin() * 2, z.exp() - 1).detach()

    metric = lg.PullbackMetric(decoder, probe=Z)
    near = torch.tensor([[0.01, -0.02]], dtype=torch.float64)
    assert metric.route == "differences"
    expected = torch.diag(torch.stack([4 * near[0, 0].cos() ** 2, (2 * near[0, 1]).exp()]))
    torch.testing.assert_close(metric(near)[0], expected, rtol=1e-6, atol=1e-9)
