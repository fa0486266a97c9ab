"""Pullback metrics, metrics from a function, their jets and the magnification factor."""

import math
from copy import deepcopy
from types import MethodType

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook
from torch.utils.hooks import RemovableHandle

import latentgeo as lg
from latentgeo.geometry.metrics.built_on import substitute
from latentgeo.geometry.metrics.units import Units, in_units
from latentgeo.geometry.metrics.wall import Walled
from surfaces import random_mlp, sphere


def draw(count: int = 5, latent: int = 2) -> tuple[Tensor, Tensor]:
    z = torch.randn(2, count, latent, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    return z[0], z[1]


def test_the_sphere_is_conformal() -> None:
    z, _ = draw()
    G = sphere().metric(z)
    factor = 4 / (1 + z.square().sum(1)) ** 2
    torch.testing.assert_close(G, factor[:, None, None] * torch.eye(2, dtype=z.dtype))
    torch.testing.assert_close(lg.magnification_factor(G), factor)


@pytest.mark.parametrize("latent", [1, 2, 3, 6])
def test_layer_by_layer_equals_torch_func(latent: int) -> None:
    decoder = random_mlp(latent)
    z, v = draw(4, latent)
    fast, general = lg.PullbackMetric(decoder), lg.PullbackMetric(lambda points: decoder(points))
    torch.testing.assert_close(fast(z), general(z))
    torch.testing.assert_close(fast.squared_speed(z, v), general.squared_speed(z, v))
    torch.testing.assert_close(fast.displacement(z, v), general.displacement(z, v))


@pytest.mark.parametrize(
    "activation",
    [nn.CELU, nn.ELU, nn.GELU, nn.LogSigmoid, nn.Mish, nn.SELU, nn.SiLU, nn.Sigmoid, nn.Softplus, nn.Tanhshrink],
)
def test_every_smooth_activation(activation: type[nn.Module]) -> None:
    decoder = nn.Sequential(nn.Linear(2, 7), activation(), nn.Linear(7, 4), activation()).double()
    z, v = draw()
    step = 1e-6
    numeric = (decoder(z + step * v) - decoder(z - step * v)) / (2 * step)
    torch.testing.assert_close(lg.PullbackMetric(decoder).displacement(z, v), numeric, rtol=1e-6, atol=1e-8)


def test_a_hook_or_a_subclass_takes_the_general_way() -> None:
    class Doubled(nn.Linear):
        def forward(self, input: Tensor) -> Tensor:
            return 2 * super().forward(input)

    plain = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 3)).double()
    doubled = nn.Sequential(plain[0], plain[1], Doubled(4, 3, dtype=torch.float64))
    doubled[2].load_state_dict(plain[2].state_dict())
    hooked = nn.Sequential(*plain)
    z, _ = draw()
    torch.testing.assert_close(lg.PullbackMetric(doubled)(z), 4 * lg.PullbackMetric(plain)(z))
    handle = hooked[1].register_forward_hook(lambda module, given, out: 3 * out)
    tripled = lg.PullbackMetric(hooked)(z)
    handle.remove()
    torch.testing.assert_close(tripled, 9 * lg.PullbackMetric(plain)(z))


class Normed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(2, 8), nn.LayerNorm(8), nn.Linear(8, 5)

    def forward(self, z: Tensor) -> Tensor:
        return self.last(self.norm(self.first(z)).tanh())


class Partly(nn.Module):
    """A part of what is added is detached: torch's derivative misses it."""

    def forward(self, input: Tensor) -> Tensor:
        return input + input.sin().detach()


def hook(module: nn.Module) -> RemovableHandle:
    return module.register_forward_hook(lambda module, given, out: Partly()(out))


def replace_forward(module: nn.Module) -> None:
    before = module.forward
    module.forward = lambda z: Partly()(before(z))


def replace_class(module: nn.Module) -> None:
    class Other(type(module)):
        def forward(self, input: Tensor) -> Tensor:
            return Partly()(super().forward(input))

    module.__class__ = Other


CHANGES = {
    "hook": lambda net: hook(net),
    "hook on a layer": lambda net: hook(net.last),
    "forward": replace_forward,
    "forward of a layer": lambda net: replace_forward(net.first),
    "class": replace_class,
    "class of a layer": lambda net: replace_class(net.norm),
    "layer": lambda net: setattr(net, "norm", Partly()),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("method", [False, True], ids=["module", "method"])
@pytest.mark.filterwarnings("ignore::latentgeo.FiniteDifferencesWarning")
def test_a_decoder_that_has_changed_is_probed_again(change: str, method: bool) -> None:
    net = nn.ModuleDict({"inner": Normed()}).double()
    decoder = MethodType(lambda self, z: self["inner"](z), net) if method else net["inner"]
    metric = lg.PullbackMetric(decoder)
    z, _ = draw()
    lg.christoffel(metric, z)
    CHANGES[change](net["inner"])
    expected = lg.PullbackMetric(lambda z: net["inner"](z))
    torch.testing.assert_close(metric(z), expected(z))
    torch.testing.assert_close(lg.christoffel(metric, z), lg.christoffel(expected, z))
    assert metric.route == "differences"


@pytest.mark.filterwarnings("ignore::latentgeo.FiniteDifferencesWarning")
def test_a_hook_in_another_ones_place_or_on_every_module_is_seen() -> None:
    net = Normed().double()
    handle = net.register_forward_hook(lambda module, given, out: 2 * out)
    metric = lg.PullbackMetric(net)
    z, _ = draw()
    once = metric(z)
    handle.remove()
    handle = hook(net)
    torch.testing.assert_close(metric(z), lg.PullbackMetric(lambda z: net(z))(z))
    assert metric.route == "differences"
    handle.remove()
    everywhere = register_module_forward_hook(lambda module, given, out: out + out.sin().detach())
    try:
        torch.testing.assert_close(metric(z), lg.PullbackMetric(lambda z: net(z))(z))
    finally:
        everywhere.remove()
    torch.testing.assert_close(4 * metric(z), once)
    assert metric.route == "forward mode"


def test_images_are_flattened() -> None:
    decoder = random_mlp(obs=12)
    z, _ = draw()
    images = nn.Sequential(decoder, nn.Unflatten(1, (3, 4)))
    torch.testing.assert_close(lg.PullbackMetric(images)(z), lg.PullbackMetric(decoder)(z))


def test_no_points() -> None:
    metric = lg.PullbackMetric(random_mlp())
    empty = torch.empty(0, 2, dtype=torch.float64)
    assert metric(empty).shape == (0, 2, 2)
    assert metric.squared_speed(empty, empty).shape == (0,)


def test_gradients_reach_points_and_velocities() -> None:
    metric = lg.PullbackMetric(random_mlp(hidden=8, obs=5))
    z, v = draw(3)
    assert torch.autograd.gradcheck(metric.squared_speed, (z.requires_grad_(), v.requires_grad_()))
    assert torch.autograd.gradcheck(metric, (z,))


@pytest.mark.parametrize("metric", [lg.PullbackMetric(random_mlp(hidden=8)), sphere().metric], ids=["mlp", "sphere"])
def test_jets_are_derivatives(metric: lg.Metric) -> None:
    z, _ = draw()
    jet = metric.jet(z)
    step = 1e-4

    def entries(points: Tensor) -> Tensor:
        return metric(points).flatten(1)[:, [0, 1, 3]]

    x, y = step * torch.eye(2, dtype=z.dtype)
    for found, numeric in (
        (jet.value, entries(z)),
        (jet.first[0], (entries(z + x) - entries(z - x)) / (2 * step)),
        (jet.first[1], (entries(z + y) - entries(z - y)) / (2 * step)),
        (jet.second[0], (entries(z + x) - 2 * entries(z) + entries(z - x)) / step**2),
        (
            jet.second[1],
            (entries(z + x + y) - entries(z + x - y) - entries(z - x + y) + entries(z - x - y)) / (4 * step**2),
        ),
        (jet.second[2], (entries(z + y) - 2 * entries(z) + entries(z - y)) / step**2),
    ):
        torch.testing.assert_close(found, numeric, rtol=1e-4, atol=1e-4 * float(numeric.abs().max()))


@pytest.mark.usefixtures("unchecked")
def test_a_function_of_the_wrong_shape() -> None:
    metric = lg.FunctionMetric(lambda z: torch.eye(3, dtype=z.dtype).expand(len(z), 3, 3))
    with pytest.raises(ValueError, match=r"\(batch, latent, latent\); got \(5, 3, 3\) from \(5, 2\)"):
        metric(draw()[0])


def test_magnification_factor() -> None:
    G = torch.diag_embed(torch.tensor([[4.0, 9.0], [1.0, 0.0]], dtype=torch.float64))
    assert lg.magnification_factor(G).tolist() == pytest.approx([6.0, 0.0])
    # the determinant itself would underflow
    tiny = 1e-4 * torch.eye(100, dtype=torch.float64)
    assert float(lg.magnification_factor(tiny)) == pytest.approx(1e-200, rel=1e-9)
    assert math.isclose(float(lg.magnification_factor(torch.tensor([[2.25]]))), 1.5)


@pytest.mark.usefixtures("unchecked")
def test_magnification_of_what_is_not_square() -> None:
    with pytest.raises(ValueError, match=r"G must be square, .*got \(5, 2, 3\)"):
        lg.magnification_factor(torch.ones(5, 2, 3))


def test_a_decoder_may_be_evaluated_in_float32() -> None:
    decoder = random_mlp(hidden=32, obs=40)
    exact = lg.PullbackMetric(decoder)
    rounded = lg.PullbackMetric(deepcopy(decoder).float(), dtype=torch.float32)
    z0, z1 = draw(4)
    assert rounded(z0).dtype == rounded.squared_speed(z0, z1).dtype == torch.float64
    torch.testing.assert_close(rounded(z0), exact(z0), rtol=1e-4, atol=1e-5)
    found, true = lg.geodesic(rounded, z0, z1), lg.geodesic(exact, z0, z1)
    assert found.length.dtype == torch.float64
    torch.testing.assert_close(found.length, true.length, rtol=1e-5, atol=0)
    assert found.outcome == true.outcome


class Behind(nn.Module):
    """A module that no one looks into."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, z: Tensor) -> Tensor:
        return self.inner(z)


@pytest.mark.parametrize("probe", [False, True])
@pytest.mark.parametrize("plain", [True, False])
def test_a_module_is_evaluated_in_the_dtype_that_is_asked_for(plain: bool, probe: bool) -> None:
    double = random_mlp(hidden=32, obs=40).requires_grad_()
    z, v = draw(4)
    for weights, asked in ((torch.float64, torch.float32), (torch.float32, torch.float64)):
        module = deepcopy(double).to(weights)
        other = deepcopy(module).to(asked)
        decoder = module if plain else Behind(module)
        metric = lg.PullbackMetric(decoder, dtype=asked, probe=z if probe else None)
        assert metric.dtype is asked
        assert metric.route == ("layers" if plain else "forward mode")
        same = lg.PullbackMetric(other, dtype=asked)
        tolerance = 1e-5 if asked is torch.float32 else 1e-12
        torch.testing.assert_close(metric(z), same(z), rtol=tolerance, atol=tolerance)
        torch.testing.assert_close(metric.squared_speed(z, v), same.squared_speed(z, v), rtol=tolerance, atol=tolerance)
        assert torch.equal(metric.observe(z), same.observe(z))
        # the weights are those of the module: gradients reach them on request, and what they become is seen
        assert next(module.parameters()).dtype is weights
        lg.PullbackMetric(decoder, dtype=asked, weight_gradients=True).squared_speed(z, v).sum().backward()
        assert bool(module[0].weight.grad.any())
        before = metric(z).detach()
        with torch.no_grad():
            module[0].weight.mul_(1.5)
        assert not torch.allclose(metric(z), before)
        # in another mode it is probed again, in the same dtype
        module.train()
        metric(z)
        assert metric.dtype is asked


def test_what_a_metric_returns_can_be_plotted_though_the_weights_are_trained() -> None:
    decoder = random_mlp(hidden=8, obs=5).requires_grad_()
    metric = lg.PullbackMetric(decoder)
    z, v = draw(4)
    for found in (lg.magnification_factor(metric(z)), metric.squared_speed(z, v), metric.observe(z)):
        assert np.isfinite(np.asarray(found)).all()
    # a gradient to the points is kept where they ask for one
    z.requires_grad_()
    metric.squared_speed(z, v).sum().backward()
    assert bool(z.grad.any())


def test_chords_are_the_metrics_lengths() -> None:
    decoder = random_mlp(hidden=32, obs=40)
    z, v = (points.clamp(-0.21, 0.21) for points in draw(4))
    pulled = lg.PullbackMetric(decoder)
    A = torch.tensor([[2.0, 1.0], [0.0, 4.0]], dtype=torch.float64)
    turned = in_units(pulled, Units(A, A.inverse(), axes=False))
    box = ((-0.2, 0.2), (-0.2, 0.2))
    for metric in (pulled, turned, Walled(pulled, box), Walled(turned, box)):
        chords = metric.chords()
        assert chords is not None
        J = chords.jacobian(z)
        factor = 1 if chords.factor is None else chords.factor.factor(z)
        torch.testing.assert_close(factor * torch.einsum("ibo,jbo->ijb", J, J), metric(z).permute(1, 2, 0))
        step = 1e-4 * v
        chord = chords.observe(z + step / 2) - chords.observe(z - step / 2)
        torch.testing.assert_close(factor * chord.square().sum(1), metric.squared_speed(z, step), rtol=1e-5, atol=0)
    for metric in (lg.SmoothedMetric(pulled, 1.0), lg.FunctionMetric(pulled), Walled(Walled(pulled, box), box)):
        assert metric.chords() is None


@pytest.mark.parametrize(
    "wrap", [lambda decoder: decoder, lambda decoder: lambda z: decoder(z)], ids=["module", "function"]
)
def test_points_and_decoder_may_differ_in_dtype(wrap) -> None:
    double = random_mlp(hidden=32, obs=40)
    single = deepcopy(double).float()
    z, v = draw(4)
    exact = lg.PullbackMetric(double)
    for decoder in (single, double):
        metric = lg.PullbackMetric(wrap(decoder))
        for points, steps in ((z, v), (z.float(), v.float())):
            assert metric(points).dtype == metric.squared_speed(points, steps).dtype == points.dtype
            torch.testing.assert_close(metric(points).double(), exact(z), rtol=1e-4, atol=1e-5)


def test_a_base_that_cannot_be_exchanged_is_named() -> None:
    raw = sphere().metric

    class Twice(lg.Metric):
        def __call__(self, z: torch.Tensor) -> torch.Tensor:
            return 2 * raw(z)

        @property
        def base(self) -> lg.Metric:
            return raw

    with pytest.raises(NotImplementedError, match="Twice has a base metric: expected over"):
        substitute(Twice(), raw, sphere().metric)
    with pytest.raises(NotImplementedError, match="PullbackMetric has no base metric that could be exchanged"):
        lg.PullbackMetric(lambda z: z, probe=torch.zeros(1, 2, dtype=torch.float64)).over(raw)
