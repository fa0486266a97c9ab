"""Pullback metrics of many architectures against J^T J by reverse mode; the modules stay as they are."""

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg


def seeded(*layers: nn.Module) -> nn.Sequential:
    """A decoder with drawn weights and running statistics, in evaluation mode."""
    decoder = nn.Sequential(*layers)
    generator = torch.Generator().manual_seed(9)
    for module in decoder.modules():
        for weight in module.parameters(recurse=False):
            fan_in = weight[0].numel() if weight.ndim > 1 else 1
            weight.data = torch.randn(weight.shape, generator=generator) / fan_in**0.5
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.copy_(torch.randn(module.num_features, generator=generator))
            module.running_var.copy_(0.5 + torch.rand(module.num_features, generator=generator))
    return decoder.eval()


def mlp(activation: type[nn.Module]) -> nn.Sequential:
    return seeded(nn.Linear(3, 16), activation(), nn.Linear(16, 16), activation(), nn.Linear(16, 20))


def convolutional() -> nn.Sequential:
    return seeded(
        nn.Linear(3, 2 * 4 * 4),
        nn.SiLU(),
        nn.Unflatten(1, (2, 4, 4)),
        nn.Conv2d(2, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.GELU(),
        nn.LayerNorm([4, 4, 4]),
        nn.Dropout(0.3),
        nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1),
        nn.Sigmoid(),
    )


def normalised() -> nn.Sequential:
    return seeded(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.2), nn.LayerNorm(8), nn.Linear(8, 6))


DECODERS = {
    **{activation.__name__: lambda a=activation: mlp(a) for activation in (nn.GELU, nn.SiLU, nn.Softplus, nn.Tanh)},
    "convolutional": convolutional,
    "normalised": normalised,
}
EVERY = pytest.mark.parametrize("make", DECODERS.values(), ids=DECODERS.keys())
WITH_NORMS = pytest.mark.parametrize("make", [convolutional, normalised])


def brute_force(decoder: nn.Module, z: Tensor) -> Tensor:
    """J^T J of each point alone, from torch.func.jacrev."""
    J = torch.stack([torch.func.jacrev(lambda p: decoder(p[None]).flatten())(point) for point in z])
    return J.transpose(1, 2) @ J


def state(decoder: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in decoder.state_dict().items()}


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-4)], ids=["64", "32"])
@EVERY
def test_both_verbs(make, dtype: torch.dtype, tolerance: float) -> None:
    decoder = make().to(dtype)
    z, v = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(10), dtype=torch.float64).to(dtype)
    metric = lg.PullbackMetric(decoder)
    G = brute_force(decoder, z).detach()
    error = (metric(z).detach() - G).flatten(1).norm(dim=1) / G.flatten(1).norm(dim=1)
    assert float(error.max()) < tolerance
    speed = torch.einsum("bi,bij,bj->b", v, G, v)
    torch.testing.assert_close(metric.squared_speed(z, v).detach(), speed, rtol=tolerance, atol=0)


@WITH_NORMS
def test_the_module_stays_as_it_is(make) -> None:
    decoder = make().double()
    before = state(decoder)
    metric = lg.PullbackMetric(decoder)
    z = torch.randn(5, 3, generator=torch.Generator().manual_seed(11), dtype=torch.float64)
    metric(z)
    metric.squared_speed(z, z)
    assert all(torch.equal(value, before[name]) for name, value in state(decoder).items())
    assert not decoder.training
    assert all(weight.grad is None and weight.requires_grad for weight in decoder.parameters())


@WITH_NORMS
def test_a_module_in_train_mode_is_refused_and_stays_as_it_is(make) -> None:
    decoder = make().double().train()
    before = state(decoder)
    with pytest.raises(lg.DecoderError, match=r"decoder\.eval\(\)"):
        lg.PullbackMetric(decoder)
    assert all(torch.equal(value, before[name]) for name, value in state(decoder).items())
    assert decoder.training
