"""The probe of a decoder: what it lets through, and what it says of the rest."""

import warnings
from collections.abc import Callable
from copy import deepcopy
from functools import partial

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.decoder import check_values, decode
from latentgeo.geometry.routes.choice import check_decoder
from latentgeo.geometry.routes.guess import probe_points
from surfaces import random_mlp


@pytest.fixture
def z() -> Tensor:
    return torch.randn(6, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_observation_axes_are_flattened(z: Tensor) -> None:
    images = nn.Sequential(random_mlp(obs=12), nn.Unflatten(1, (3, 4)))
    assert decode(images, z).shape == (6, 12)


@pytest.mark.parametrize("activation", [nn.Tanh(), nn.Sigmoid(), nn.Softplus(), nn.GELU()])
def test_smooth_decoders_pass_without_a_warning(activation: nn.Module, z: Tensor) -> None:
    check_decoder(nn.Sequential(nn.Linear(2, 16), activation, nn.Linear(16, 5)).double(), z)


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.LeakyReLU(), nn.Hardtanh()])
def test_a_piecewise_linear_decoder_warns(activation: nn.Module, z: Tensor) -> None:
    torch.manual_seed(0)
    decoder = nn.Sequential(nn.Linear(2, 16), activation, nn.Linear(16, 5)).double()
    with pytest.warns(lg.PiecewiseLinearWarning, match="GraphPath"):
        check_decoder(decoder, z)


def test_making_a_metric_warns_once() -> None:
    decoder = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 5)).double()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lg.PullbackMetric(decoder)
    assert [warning.category for warning in caught] == [lg.PiecewiseLinearWarning]


def test_an_affine_decoder_is_no_piecewise_linear_one(z: Tensor) -> None:
    check_decoder(nn.Linear(2, 5, dtype=torch.float64), z)


def test_batch_norm_in_train_mode() -> None:
    decoder = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 5)).double()
    with pytest.raises(lg.DecoderError, match=r"decoder\.eval\(\)"):
        lg.PullbackMetric(decoder.train())
    lg.PullbackMetric(decoder.eval())


def test_dropout_in_train_mode() -> None:
    decoder = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 5)).double()
    with pytest.raises(lg.DecoderError, match=r"decoder\.eval\(\)"):
        lg.PullbackMetric(decoder.train())
    lg.PullbackMetric(decoder.eval())


@pytest.mark.parametrize("p", [1e-3, 1e-5])
@pytest.mark.parametrize("layer", [nn.Dropout, nn.AlphaDropout])
def test_chance_that_is_rare_is_refused(layer: type[nn.Module], p: float) -> None:
    decoder = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), layer(p), nn.Linear(8, 5)).double()
    torch.manual_seed(0)
    with pytest.raises(lg.DecoderError, match=r"draws random numbers at each call.*decoder\.eval\(\).*fork_rng"):
        lg.PullbackMetric(decoder.train())
    # a call that changes it back makes it be looked at again
    metric = lg.PullbackMetric(decoder.eval())
    with pytest.raises(lg.DecoderError, match="draws random numbers"):
        lg.PullbackMetric(decoder.train())(torch.zeros(3, 2, dtype=torch.float64))
    with pytest.raises(lg.DecoderError, match="draws random numbers"):
        metric(torch.zeros(3, 2, dtype=torch.float64))


class Draws(nn.Module):
    """A decoder with something drawn beside it."""

    def __init__(self, draw: Callable[[], object]) -> None:
        super().__init__()
        self.net = random_mlp()
        self.draw = draw

    def forward(self, z: Tensor) -> Tensor:
        self.draw()
        return self.net(z)


def within_fork() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.randn(3)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: torch.randn(3, generator=torch.Generator().manual_seed(1)),
        lambda: torch.manual_seed(1) and torch.randn(3),
        within_fork,
    ],
    ids=["a generator of its own", "seeded", "fork_rng"],
)
def test_draws_that_are_the_same_at_each_call_are_taken(draw: Callable[[], object]) -> None:
    assert lg.PullbackMetric(Draws(draw)).outputs == 40
    with pytest.raises(lg.DecoderError, match="draws random numbers"):
        lg.PullbackMetric(Draws(lambda: torch.randn(3)))


@pytest.mark.parametrize("layer", [nn.RReLU(), nn.Dropout(1e-3), nn.AlphaDropout(1e-3)])
def test_layers_that_are_random_in_training_alone_are_taken(layer: nn.Module) -> None:
    decoder = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), layer, nn.Linear(8, 5)).double().eval()
    before = torch.random.get_rng_state()
    lg.PullbackMetric(decoder)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("call", range(3))
def test_draws_of_another_thread_are_not_the_decoders(z: Tensor, call: int) -> None:
    calls = iter(range(3))
    check_values(Draws(lambda: next(calls) == call and torch.randn(3)), z)


def test_the_wrong_dtype_of_a_module(z: Tensor) -> None:
    metric = lg.PullbackMetric(random_mlp().float())
    decoder = random_mlp().float()
    with pytest.raises(lg.DecoderError, match="share a dtype"):
        decode(decoder, z)
    assert metric(z.float()).dtype == torch.float32


def test_a_decoder_that_changes_the_dtype(z: Tensor) -> None:
    with pytest.raises(lg.DecoderError, match=r"torch\.float64 into torch\.float32"):
        check_decoder(lambda points: points.float(), z)


def test_no_tensor(z: Tensor) -> None:
    with pytest.raises(lg.DecoderError, match=r"must return a tensor .*; got str"):
        check_decoder(lambda points: "x", z)


@pytest.mark.parametrize(
    "decoder", [lambda z: z.sum(1), lambda z: z.sum(), lambda z: torch.cat([z, z])], ids=["flat", "scalar", "doubled"]
)
def test_the_wrong_shape(decoder, z: Tensor) -> None:
    with pytest.raises(lg.DecoderError, match=r"must map \(batch, latent\) to \(batch, \*obs\); got .* from \(6, 2\)"):
        check_decoder(decoder, z)


def test_nan_names_the_latent_point(z: Tensor) -> None:
    def decoder(points: Tensor) -> Tensor:
        return torch.where(points[:, :1] == z[3, 0], torch.nan, points)

    with pytest.raises(lg.DecoderError, match=f"NaN or infinity at latent point .*{float(z[3, 0]):.6f}"):
        check_decoder(decoder, z)


def test_a_derivative_that_is_not_finite(z: Tensor) -> None:
    def decoder(points: Tensor) -> Tensor:
        return (points - points.detach()).sqrt() + points.sin()

    with pytest.warns(lg.FiniteDifferencesWarning, match=r"by forward mode, its derivative of order 1 is inf where"):
        assert check_decoder(decoder, z).route.name == "differences"


@pytest.mark.usefixtures("unchecked")
def test_integer_points() -> None:
    points = torch.ones(4, 2, dtype=torch.long)
    with pytest.raises(lg.DecoderError, match=r"floating point; got torch\.int64"):
        lg.PullbackMetric(random_mlp(), probe=points)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_sixteen_bit_floats_are_refused(dtype: torch.dtype) -> None:
    z = torch.ones(4, 2, dtype=dtype)
    with pytest.raises(lg.DecoderError, match=f"must be float32 or float64 .*got {dtype}"):
        lg.PullbackMetric(random_mlp().to(dtype))
    metric = lg.PullbackMetric(random_mlp())
    for use in (metric, lambda z: metric.squared_speed(z, z), lambda z: metric.displacement(z, z)):
        with pytest.raises(lg.DecoderError, match=f"must be float32 or float64 .*got {dtype}"):
            use(z)


def test_a_decoder_without_forward_mode(z: Tensor) -> None:
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(points: Tensor) -> Tensor:
            return points**2

        @staticmethod
        def setup_context(ctx, inputs, output) -> None:
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, gradient: Tensor) -> Tensor:
            return 2 * ctx.saved_tensors[0] * gradient

    assert check_decoder(Square.apply, z).route.name == "reverse mode"


def test_the_latent_size_is_read_off_the_first_layer() -> None:
    points = probe_points(random_mlp(latent=5).float())
    assert points is not None
    assert points.shape == (8, 5)
    assert points.dtype == torch.float32
    assert probe_points(lambda z: z) is None
    assert probe_points(nn.Sequential(nn.Conv1d(1, 2, 3), nn.Linear(2, 2))) is None


def test_a_plain_function_is_checked_at_its_first_use(z: Tensor) -> None:
    metric = lg.PullbackMetric(lambda points: points.sum(1))
    with pytest.raises(lg.DecoderError, match=r"must map \(batch, latent\) to \(batch, \*obs\)"):
        metric(z)


class AutoEncoder(nn.Module):
    """Whose first linear layer is not the decoder's."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(7, 2)
        self.decoder = nn.Sequential(nn.Linear(2, 9), nn.LayerNorm(9), nn.Tanh(), nn.Dropout(), nn.Linear(9, 7))

    def decode(self, z: Tensor, scale: float = 1.0) -> Tensor:
        x = self.decoder(scale * z)
        return x + x.sin().detach()

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encoder(x))


@pytest.mark.filterwarnings("ignore::latentgeo.FiniteDifferencesWarning")
def test_a_method_of_a_module_has_its_weights_and_its_mode(z: Tensor) -> None:
    model = AutoEncoder().double().eval()
    single = deepcopy(model).float()
    with torch.inference_mode():
        made = deepcopy(model)
    for scale in (1.0, 2.0):
        expected = lg.PullbackMetric(lambda z, scale=scale: model.decode(z, scale))
        for other, tolerance in ((model, 1e-8), (made, 1e-8), (single, 1e-5)):
            method = partial(other.decode, scale=scale) if scale != 1 else other.decode
            metric = lg.PullbackMetric(method)
            # without points: the latent size is found by trying
            assert metric.outputs == 7
            torch.testing.assert_close(metric(z), expected(z), rtol=tolerance, atol=tolerance)
            # differences of float32 values would be off by more
            found, true = lg.christoffel(metric, z), lg.christoffel(expected, z)
            torch.testing.assert_close(found, true, rtol=10 * tolerance, atol=10 * tolerance)
    metric = lg.PullbackMetric(model.decode)
    model.train()
    with pytest.raises(lg.DecoderError, match="evaluation mode"):
        metric(z)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::latentgeo.FiniteDifferencesWarning")
@pytest.mark.parametrize("frozen", [False, True])
def test_a_script(z: Tensor, frozen: bool) -> None:
    net = nn.Sequential(nn.Linear(2, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 4)).double().eval()
    script = torch.jit.script(net)
    metric = lg.PullbackMetric(torch.jit.freeze(script) if frozen else script)
    torch.testing.assert_close(metric(z), lg.PullbackMetric(net)(z))
    found, true = lg.christoffel(metric, z), lg.christoffel(lg.PullbackMetric(net), z)
    torch.testing.assert_close(found, true, rtol=1e-5, atol=1e-5)


def test_a_whole_model_without_forward_is_told_so() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.decoder = nn.Linear(2, 5)

    with pytest.raises(lg.DecoderError, match=r"no forward pass: .*e\.g\. model\.decoder"):
        lg.PullbackMetric(Model())(torch.zeros(1, 2))
