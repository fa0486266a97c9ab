"""Decoders that generated ones were minimised to: each was answered wrongly, or ended in an error of torch's."""

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.geometry.routes.stencils import reference

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


@pytest.mark.filterwarnings("ignore::latentgeo.FiniteDifferencesWarning")
def test_differences_of_values_that_are_rounded() -> None:
    """Every step contradicted a shorter one, and an arbitrary one was taken: Christoffel symbols were off by halves."""

    def decoder(z: Tensor) -> Tensor:
        x = torch.tanh(z @ A)
        return (x + (1e9 * x).round() / 1e9) / 2

    found = lg.christoffel(lg.PullbackMetric(decoder, probe=Z), Z)
    expected = lg.christoffel(lg.PullbackMetric(lambda z: torch.tanh(z @ A), probe=Z), Z)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


def test_a_kink_at_the_point_is_seen_by_its_step() -> None:
    """Differences over several sets of places agree within per cents there, but change with the step."""
    z = torch.tensor([[1e-4]])
    known = reference(lambda z: z.abs(), z, torch.ones_like(z))
    assert 30 * float(known.error[1]) > float(known.derivative[1].abs())


def test_an_error_in_one_route_leaves_the_others() -> None:
    """A message with 'size' in it was taken for one about the decoder's latent size."""

    def decoder(z: Tensor) -> Tensor:
        if z.requires_grad or "GradTrackingTensor" in repr(z):
            raise RuntimeError("of no size")
        return torch.tanh(z @ A)

    with pytest.warns(lg.FiniteDifferencesWarning):
        metric = lg.PullbackMetric(decoder, probe=Z)
    torch.testing.assert_close(metric(Z), by_reverse_mode(lambda z: torch.tanh(z @ A)))


@pytest.mark.parametrize(
    ("decoder", "message"),
    [
        (lambda z: z[:, :0], "at least one number for each point"),
        (lambda z: z.to_sparse(), "must return a dense tensor"),
        (lambda z: 1e200 * z, "beyond what torch.float64 holds"),
        (lambda z: 1e-200 * z, "beyond what torch.float64 holds"),
        (lambda z: torch.tanh(z @ A).half().to(z), "not smooth"),
    ],
)
def test_outputs_that_carry_no_metric(decoder: object, message: str) -> None:
    assert callable(decoder)
    with pytest.raises(lg.DecoderError, match=message):
        lg.PullbackMetric(decoder, probe=Z)


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
def test_nested_tensors_inside() -> None:
    def decoder(z: Tensor) -> Tensor:
        rows = torch.nested.as_nested_tensor([row.sin() for row in z @ A])
        return torch.nested.to_padded_tensor(rows, 0.0)

    metric = lg.PullbackMetric(decoder, probe=Z)
    torch.testing.assert_close(metric(Z), by_reverse_mode(lambda z: torch.sin(z @ A)))


def test_hard_sigmoid_is_differentiated_twice() -> None:
    decoder = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Hardsigmoid(), nn.Linear(8, 3)).double()
    assert lg.PullbackMetric(decoder).route == "forward mode"


def test_chance_that_spares_the_first_point_is_found() -> None:
    generator = torch.Generator().manual_seed(0)

    def decoder(z: Tensor) -> Tensor:
        drawn = torch.rand(z.shape, generator=generator, dtype=z.dtype)
        return torch.where(z < -0.1, drawn * z, z)

    first_positive = torch.tensor([[0.9, 0.8], [0.5, -0.7], [-0.5, 0.6], [-0.3, 0.2]], dtype=torch.float64)
    with pytest.raises(lg.DecoderError, match="from call to call"):
        lg.PullbackMetric(decoder, probe=first_positive)
