"""Metrics and what is computed at points, called with odd tensors: a right answer, or an error of ours."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

import latentgeo as lg
import surfaces
from fuzz.effort import calls
from fuzz.endings import answer
from fuzz.odd_tensors import METRICS, Case, cases, metric_of, tensors

pytestmark = pytest.mark.slow

NAMES = "z |z:|v |latent|decoder|metric|grid"


@calls(250)
@given(cases())
def test_metric_tensor(case: Case) -> None:
    G = answer(lambda: case.metric(case.first), NAMES)
    if G is None:
        assert not (case.gentle and len(case.first))
        return
    assert G.shape == (*case.first.shape, case.first.shape[1])
    assert G.dtype == case.first.dtype
    if case.gentle:
        assert bool(torch.isfinite(G).all())
        torch.testing.assert_close(G, G.mT, rtol=1e-6, atol=1e-12)
        if len(G):
            assert float(torch.linalg.eigvalsh(G.detach()).min()) >= -1e-5 * float(G.detach().abs().max())


@calls(250)
@given(cases())
def test_squared_speed(case: Case) -> None:
    z, v = case.first, case.second
    squared = answer(lambda: case.metric.squared_speed(z, v), NAMES)
    if squared is None:
        assert not (case.gentle and len(z))
        return
    assert squared.shape == (len(z),)
    if case.gentle:
        expected = torch.einsum("bi,bij,bj->b", v, case.metric(z), v)
        torch.testing.assert_close(squared, expected, rtol=1e-4, atol=1e-6 * float(v.detach().square().sum() + 1e-30))
        assert bool((squared >= 0).all())


@calls(250)
@given(cases())
def test_christoffel(case: Case) -> None:
    found = answer(lambda: lg.christoffel(case.metric, case.first), NAMES)
    if found is None:
        assert not (case.gentle and len(case.first))
        return
    assert found.shape == (*case.first.shape, *case.first.shape[1:] * 2)
    finite = torch.isfinite(found).flatten(1).all(1) if len(found) else torch.zeros(0, dtype=torch.bool)
    torch.testing.assert_close(found[finite], found[finite].mT, rtol=1e-6, atol=1e-6)
    if case.name == "flat":
        assert bool((found[finite] == 0).all())


@calls(250)
@given(cases(tuple(name for name in METRICS if name not in ("pullback 1-D",))))
def test_gaussian_curvature(case: Case) -> None:
    found = answer(lambda: lg.gaussian_curvature(case.metric, case.first), NAMES)
    if found is None:
        assert not (case.gentle and len(case.first)) or case.latent != 2
        return
    assert found.shape == (len(case.first),)
    small = case.gentle and bool((case.first.detach().abs() < 5).all())
    if case.name == "sphere" and small:
        torch.testing.assert_close(found, torch.ones_like(found), rtol=1e-6, atol=1e-6)
    if case.name == "flat" and case.gentle:
        torch.testing.assert_close(found, torch.zeros_like(found), rtol=0, atol=1e-9)


@calls(250)
@given(cases())
def test_curvature_in_any_dimension(case: Case) -> None:
    z, v = case.first, case.second
    found = answer(lambda: lg.scalar_curvature(case.metric, z), NAMES)
    sectional = answer(lambda: lg.sectional_curvature(case.metric, z, v, v.flip(-1) + 1), f"{NAMES}|u ")
    if found is None:
        assert not (case.gentle and len(z))
        return
    assert found.shape == (len(z),)
    if sectional is not None:
        assert sectional.shape == (len(z),)
    small = case.gentle and bool((z.detach().abs() < 5).all())
    if case.name == "sphere" and small:
        torch.testing.assert_close(found, torch.full_like(found, 2), rtol=1e-6, atol=1e-6)
    if case.name == "flat" and case.gentle:
        torch.testing.assert_close(found, torch.zeros_like(found), rtol=0, atol=1e-9)


@calls(250)
@given(cases())
def test_metric_product(case: Case) -> None:
    z, v = case.first, case.second
    found = answer(lambda: lg.metric_product(case.metric, z, v), NAMES)
    if found is None:
        assert not (case.gentle and len(z))
        return
    assert found.shape == z.shape
    if case.gentle:
        expected = torch.einsum("bij,bj->bi", case.metric(z), v).detach()
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6 * float(expected.abs().sum() + 1e-30))


@calls(250)
@given(tensors(3), st.booleans())
def test_log_magnification_factor(A: Tensor, square: bool) -> None:
    G = A.mT @ A if square and A.ndim >= 2 and A.is_floating_point() else A
    found = answer(lambda: lg.log_magnification_factor(G), "G ")
    if found is None:
        return
    assert found.shape == G.shape[:-2]
    assert found.dtype == G.dtype
    finite = torch.isfinite(G.detach()).flatten(-2).all(-1)
    assert bool((found.detach().isnan() == ~finite).all())


@calls(250)
@given(tensors(3), st.booleans(), st.sampled_from([1, 2, 3]))
def test_magnification_factor(A: Tensor, square: bool, copies: int) -> None:
    G = A.mT @ A if square and A.ndim >= 2 and A.is_floating_point() else A
    found = answer(lambda: lg.magnification_factor(G), "G ")
    if found is None:
        return
    assert found.shape == G.shape[:-2]
    assert found.dtype == G.dtype
    finite = torch.isfinite(G.detach()).flatten(-2).all(-1)
    assert bool((found.detach()[finite] >= 0).all())
    if square and bool(finite.all()) and bool((A.detach().abs() < 1e3).all()) and G.dtype == torch.float64:
        singular = torch.linalg.svdvals(G.detach()).prod(-1).sqrt()
        torch.testing.assert_close(
            found.detach(), singular, rtol=1e-3, atol=1e-6 * (1 + float(G.detach().abs().sum())) ** 1.5
        )


lambdas = st.sampled_from([0.0, 1e-300, 1e-3, 1.0, 1e8, 1e300, -1.0, float("nan"), float("inf")])
ranks = st.sampled_from([None, 1, 2, 5, 0, -1])


@calls(250)
@given(st.sampled_from(["pullback", "pullback 1-D", "pullback 3-D", "sphere", "flat"]), lambdas, ranks, st.data())
def test_smoothed_metric(name: str, lambda_s: float, rank: int | None, data: st.DataObject) -> None:
    smooth = answer(lambda: lg.SmoothedMetric(metric_of(name), lambda_s, rank), "lambda_s|rank")
    good = 0 <= lambda_s < float("inf") and (rank is None or rank >= 1)
    assert (smooth is not None) == good
    if smooth is None:
        return
    case = data.draw(cases((name,)))
    raw = answer(lambda: metric_of(name)(case.first), NAMES)
    G = answer(lambda: smooth(case.first), f"{NAMES}|lambda_s")
    assert (raw is None) == (G is None) or case.first.dtype == torch.float32
    if raw is not None and G is not None and case.gentle and len(raw):
        before, after = (torch.linalg.eigvalsh(tensor.detach()) for tensor in (raw, G))
        slack = 1e-8 * float(before.abs().max())
        assert bool((after >= -slack).all())
        assert bool((after <= before + slack).all())


@calls(250)
@given(
    st.sampled_from([(1e-3, 2.0), (0.0, 1.0), (-1.0, 1.0), (float("nan"), 1.0), (1e300, 1e300)]),
    st.sampled_from(["right", "column", "scalar", "text", "integer", "complex"]),
    cases(("pullback", "flat")),
)
def test_scaled_metric(values: tuple[float, float], shape: str, case: Case) -> None:
    def factor(z: Tensor) -> Tensor:
        low, high = torch.tensor(values, dtype=torch.float64)
        found = torch.where(z.sum(tuple(range(1, z.ndim))) > 0, high, low).to(z.real.dtype)
        return {
            "right": lambda: found,
            "column": lambda: found.unsqueeze(-1),
            "scalar": lambda: found.sum(),
            "text": lambda: "x",
            "integer": lambda: found.long(),
            "complex": lambda: found + 0j,
        }[shape]()

    metric = lg.ScaledMetric(case.metric, factor)
    G = answer(lambda: metric(case.first), f"{NAMES}|factor")
    if G is not None:
        assert shape == "right" or not case.proper
        expected = factor(case.first)[:, None, None] * case.metric(case.first)
        torch.testing.assert_close(G, expected, equal_nan=True)


def boxes() -> st.SearchStrategy[object]:
    number = st.sampled_from([-1.0, 0.0, 1.0, 1e-300, 1e300, float("nan"), float("inf"), float("-inf")])
    pair = st.tuples(number, number)
    return st.one_of(
        st.just(((-1.0, 1.0), (-2.0, 2.0))),
        st.tuples(pair, pair),
        tensors(2),
        st.sampled_from([(), ((0, 1),), ((0, 1), (0, 1), (0, 1)), 1.0, ((0, 1), (0,))]),
    )


sizes = st.sampled_from([5, 9, (5, 7), 4, 0, -3, (5, 4), (5,), (5, 6, 7)])


@calls(150)
@given(st.sampled_from(["pullback", "pullback 3-D", "sphere", "flat"]), boxes(), sizes, st.data())
def test_grid_metric(name: str, bounds: object, size: object, data: st.DataObject) -> None:
    grid = answer(lambda: lg.GridMetric(metric_of(name), bounds, size), "bounds|size|metric|decoder|latent")
    if grid is None:
        return
    assert all(low < high for low, high in grid.bounds)
    assert grid.interpolation_error >= 0
    case = data.draw(cases(("grid",)))
    G = answer(lambda: grid(case.first), NAMES)
    if G is not None and case.gentle and len(G):
        assert bool(torch.isfinite(G).all())
        assert float(torch.linalg.eigvalsh(G.detach()).min()) >= -1e-9 * float(G.detach().abs().max())


@calls(200)
@given(
    st.sampled_from([lg.RBFPrecision, lg.KernelFactor]),
    tensors(2),
    tensors(2),
    st.sampled_from([1, 2, 0, -1, 30, 100, 1000]),
    st.sampled_from([10.0, 1.0, 1e29, 1e300, float("nan"), -2.0]),
)
def test_conformal_factors(
    kind: type[lg.RBFPrecision | lg.KernelFactor], few: Tensor, z: Tensor, centres: int, kappa: float
) -> None:
    generator = torch.Generator().manual_seed(0)
    around = torch.randn(40, 2, generator=generator, dtype=torch.float64)
    encodings = few.detach().reshape(-1, 1, few.shape[-1]) + around if few.ndim == 2 and few.shape[1] == 2 else few

    def fit() -> lg.RBFPrecision | lg.KernelFactor:
        rows = encodings.flatten(0, -2) if encodings.ndim > 2 else encodings
        return kind.fit(rows, centres, kappa, generator=generator)

    found = answer(fit, "encodings|centres|kappa|bandwidth")
    if found is None:
        return
    assert 0 < found.bandwidth < float("inf")
    assert bool((found.weights >= 0).all() if kind is lg.RBFPrecision else (found.weights > 0).all())
    own = (found.deviation, found.relative) if isinstance(found, lg.RBFPrecision) else (found.log_density,)
    ways: list[Callable[[Tensor], Tensor]] = [found, found.uncertainty, *own]
    factor, lack, *_ = [answer(lambda way=way: way(z), "z ") for way in ways]
    if factor is not None and lack is not None and bool(torch.isfinite(z.detach()).all()):
        assert bool(((factor >= 1) & (factor <= kappa * (1 + 1e-6))).all())
        assert bool(((lack >= 0) & (lack <= (1 if kind is lg.RBFPrecision else 1 + 1e-6))).all())


outputs = st.sampled_from(["right", "few rows", "vector", "text", "nan", "integer", "random", "depends", "detached"])


@pytest.mark.filterwarnings("ignore::latentgeo.FiniteDifferencesWarning")
@calls(150)
@given(outputs, tensors(2))
def test_odd_decoders(kind: str, z: Tensor) -> None:
    """The decoder is the user's: what it returns is checked when it is first used."""
    weight = torch.tensor([[1.0, 0.5, 0.0], [0.0, 1.0, 2.0]], dtype=torch.float64)

    def decoder(z: Tensor) -> Tensor:
        x = torch.tanh(z @ weight)
        return {
            "right": lambda: x,
            "few rows": lambda: x[:1],
            "vector": lambda: x.sum(),
            "text": lambda: "x",
            "nan": lambda: x / 0 * 0,
            "integer": lambda: x.long(),
            "random": lambda: x + torch.rand_like(x),
            "depends": lambda: x - x.mean(0),
            "detached": lambda: x.detach(),
        }[kind]()

    G = answer(lambda: lg.PullbackMetric(decoder)(z), "decoder|latent|z ")
    if G is not None:
        # where it is constant, a decoder's image depends on nothing
        assert kind in ("right", "detached") or not len(z) or (kind == "depends" and float(z.detach().abs().max()) > 10)
        assert G.shape == (*z.shape, z.shape[1])


functions = st.sampled_from(["right", "few rows", "scalar", "wide", "nan"])


@calls(150)
@given(functions, tensors(2))
def test_odd_functions(kind: str, z: Tensor) -> None:
    """The function of a `FunctionMetric` is the user's, too."""

    def function(z: Tensor) -> Tensor:
        G = torch.eye(2).to(z).expand(len(z), 2, 2) * 2
        return {
            "right": lambda: G,
            "few rows": lambda: G[:1],
            "scalar": lambda: G.sum(),
            "wide": lambda: torch.cat([G, G], -1),
            "nan": lambda: G * float("nan"),
        }[kind]()

    metric = lg.FunctionMetric(function)
    G = answer(lambda: metric(z), f"{NAMES}|metric function")
    squared = answer(lambda: metric.squared_speed(z, z), f"{NAMES}|metric function")
    assert (G is None) == (squared is None)
    if G is not None and squared is not None:
        assert kind in ("right", "nan") or (kind == "few rows" and len(z) < 2)
        assert G.shape == (*z.shape, 2)
        assert kind != "nan" or bool(squared.isnan().all())
        if kind == "right" and bool((z.detach().abs() < 1e150).all()):
            torch.testing.assert_close(squared, 2 * z.square().sum(1))


@calls(150)
@given(st.booleans(), st.sampled_from([None, torch.float32, torch.float64, torch.int64, "float32"]), tensors(2))
def test_probe(module: bool, dtype: Any, probe: Tensor) -> None:
    """Where a decoder is to be checked at, and in what dtype it is evaluated."""
    layers = small_decoder(5, 0)
    decoder = layers if module else lambda z: layers(z)
    z = torch.tensor([[0.1, 0.2], [0.3, -0.4]], dtype=torch.float64)
    G = answer(lambda: lg.PullbackMetric(decoder, dtype=dtype, probe=probe)(z), "decoder|latent|z |probe|dtype")
    fits = (
        probe.dtype in (torch.float32, torch.float64)
        and probe.ndim == 2
        and len(probe)
        and probe.shape[1:] == (2,)
        # a module's weights are cast, a function's are its own
        and (dtype in (None, torch.float64) or (module and dtype is torch.float32))
    )
    if G is None:
        assert not (fits and bool((probe.detach().abs() < 200).all()))
    else:
        assert fits
        assert bool(torch.isfinite(probe.detach()).all())
        loose = {"rtol": 1e-4, "atol": 1e-5} if dtype is torch.float32 else {}
        torch.testing.assert_close(G, lg.PullbackMetric(layers)(z), **loose)


@lru_cache
def small_decoder(obs: int, seed: int) -> nn.Module:
    return surfaces.random_mlp(hidden=4, obs=obs, seed=seed)


@calls(100, full=10_000)
@given(
    st.sampled_from(["mean", "members"]), st.sampled_from([0, 1, 2]), st.sampled_from([1, 2, 5]), cases(("pullback",))
)
def test_expected_metrics(kind: str, count: int, obs: int, case: Case) -> None:
    parts = [small_decoder(5 if seed == 0 else obs, seed) for seed in range(count)]
    if kind == "members":
        metric = answer(lambda: lg.EnsembleMetric(parts), "decoders")
        assert (metric is None) == (count == 0 or (count == 2 and obs != 5))
    else:
        metric = answer(lambda: lg.ExpectedMetric(small_decoder(5, 0), small_decoder(obs, 0)), "sigma")
        assert (metric is None) == (obs == 2)
    G = None if metric is None else answer(lambda: metric(case.first), NAMES)
    if G is not None and case.gentle and len(G):
        assert float(torch.linalg.eigvalsh(G.detach()).min()) >= -1e-9 * float(G.detach().abs().max())
