"""Geodesics, maps and distances, called with odd tensors: a right answer, or an error of ours."""

from functools import lru_cache
from unittest.mock import patch

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor

import latentgeo as lg
from fuzz.effort import calls
from fuzz.endings import answer
from fuzz.odd_tensors import METRICS, Case, cases, metric_of, tensors
from fuzz.test_curves import NAMES, check_solution
from latentgeo.geometry.calculus.integration import Arrival
from latentgeo.geometry.curves.curve import Line
from latentgeo.geometry.distances import field as distances
from latentgeo.geometry.geodesics.logarithm import LogarithmSolution

pytestmark = pytest.mark.slow

quick_graph = lg.GraphPath(size=9, cache_size=9)
SOLVERS: dict[str, object] = {
    "none": None,
    "spline, line": lg.SplineCurve(intervals=4, start="line", max_iterations=3, polish=2, graph=quick_graph),
    "spline, graph": lg.SplineCurve(intervals=4, starts=1, max_iterations=3, polish=2, graph=quick_graph),
    "gauss-newton": lg.GaussNewton(nodes=9, max_iterations=3, doublings=1, graph=quick_graph),
    "georce": lg.Georce(nodes=9, max_iterations=3, doublings=1, graph=quick_graph),
    "graph": quick_graph,
    "neural": lg.NeuralCurve(units=4, points=9, steps=2, candidates=1),
    "bvp": lg.BVP(nodes=5, max_nodes=20, start="line"),
}
boxes = st.sampled_from(
    [*[None] * 12, ((-4.0, 4.0), (-4.0, 4.0)), ((1.0, 0.0), (0.0, 1.0)), ((0.0, float("nan")), (0.0, 1.0)), (), 3]
)


@calls(120)
@given(
    cases(),
    st.sampled_from(sorted(SOLVERS)),
    boxes,
    st.one_of(st.none(), st.none(), st.none(), tensors(2)),
    st.booleans(),
)
def test_geodesic(case: Case, solver: str, bounds: object, data: Tensor | None, throw: bool) -> None:
    chosen = (
        SOLVERS[solver]
        if solver != "none" or len(case.first.shape) != 2 or len(case.first) == 0
        else SOLVERS["gauss-newton"]
    )

    def solve() -> lg.GeodesicSolution:
        return lg.geodesic(case.metric, case.first, case.second, chosen, bounds=bounds, data=data, throw=throw)

    found = answer(solve, f"{NAMES}|bounds|data|start|converge|dimensions")
    if found is None:
        return
    case = case.in_pairs
    assert case.proper
    check_solution(case, found)
    if throw:
        assert set(found.outcome) <= {lg.Outcome.CONVERGED}
    if case.gentle:
        straight = lg.euclidean(case.metric, case.first, case.second).length
        assert bool((found.length <= straight).all())


@calls(120)
@given(
    cases(tuple(name for name in METRICS if name != "expected")),
    st.one_of(st.sampled_from([1.0, 0.0, -0.5, float("nan"), float("inf")]), st.integers(0, 4).map(torch.ones)),
    st.booleans(),
)
def test_exponential(case: Case, t: float | Tensor, throw: bool) -> None:
    found = answer(
        lambda: lg.exponential(case.metric, case.first, case.second, t, 1e-4, max_steps=8, throw=throw),
        f"{NAMES}|v |end",
    )
    if found is None:
        return
    assert case.proper
    pairs = len(case.first)
    assert found.point.shape == found.velocity.shape == case.first.shape
    assert found.time.shape == found.speed_drift.shape == (pairs,)
    reached = torch.tensor([outcome is Arrival.REACHED for outcome in found.outcome], dtype=torch.bool)
    assert len(reached) == pairs
    assert bool(torch.isfinite(found.point[reached]).all())
    if throw:
        assert bool(reached.all())
    if case.name == "flat" and case.gentle:
        expected = case.first + torch.as_tensor(t, dtype=case.first.dtype).reshape(-1, 1) * case.second
        torch.testing.assert_close(found.point, expected.detach(), rtol=1e-4, atol=1e-6)


@calls(100)
@given(
    cases(("pullback 1-D", "sphere", "flat", "grid")),
    st.sampled_from(["none", "line", "line", "other"]),
    tensors(2),
    st.booleans(),
)
def test_logarithm(case: Case, start: str, other: Tensor, throw: bool) -> None:
    ends = (other, other) if start == "other" else (case.first, case.second)
    solution = None if start == "none" else answer(lambda: lg.euclidean(case.metric, *ends), NAMES)

    def solve() -> LogarithmSolution:
        return lg.logarithm(
            case.metric,
            case.first,
            case.second,
            SOLVERS["gauss-newton"],
            solution=solution,
            tolerance=1e-3,
            max_iterations=1,
            max_steps=8,
            throw=throw,
        )

    found = answer(solve, f"{NAMES}|converge|solution")
    if found is None:
        return
    case = case.in_pairs
    assert case.proper
    assert found.velocity.shape == case.first.shape
    assert not bool((found.length < 0).any())
    same = (case.first == case.second).all(1)
    assert bool((found.velocity[same] == 0).all())
    if case.name == "flat" and case.gentle:
        torch.testing.assert_close(found.velocity, (case.second - case.first).detach(), rtol=1e-3, atol=1e-6)


@calls(120)
@given(cases(), st.one_of(st.none(), tensors(2)), st.booleans())
def test_parallel_transport(case: Case, other: Tensor | None, throw: bool) -> None:
    assume(case.proper)
    v = case.second if other is None else other
    curve = Line(case.first.detach(), case.second.detach())
    found = answer(lambda: lg.parallel_transport(case.metric, curve, v, 1e-4, max_steps=3, throw=throw), f"{NAMES}|v ")
    if found is None:
        return
    assert found.vector.shape == v.shape
    assert len(found.outcome) == len(case.first)
    if case.name == "flat" and all(outcome is Arrival.REACHED for outcome in found.outcome):
        torch.testing.assert_close(found.vector, v.detach(), rtol=1e-6, atol=1e-12)


@calls(150)
@given(cases(), st.sampled_from([1, 2, 10, 0, -1]), st.data())
def test_graphs(case: Case, neighbours: int, data: st.DataObject) -> None:
    graph = answer(lambda: lg.knn_graph(case.metric, case.first, neighbours), f"{NAMES}|neighbours")
    if graph is None:
        assert not (case.gentle and len(case.first) and neighbours > 0)
        return
    count = len(case.first)
    assert graph.nodes.shape == case.first.shape
    assert graph.edges.shape == (len(graph.lengths), 2)
    assert not bool((graph.lengths < 0).any())
    if not case.gentle:
        return
    index = st.integers(-1, count)
    rows = data.draw(st.lists(st.tuples(index, index), max_size=3))
    pairs = data.draw(
        st.sampled_from(
            [torch.tensor(rows, dtype=torch.long).view(-1, 2), torch.tensor(rows).view(-1, 2).double(), torch.tensor(3)]
        )
    )
    paths = answer(lambda: lg.shortest_paths(graph, pairs), "pairs")
    if paths is None:
        assert pairs.ndim != 2 or pairs.is_floating_point() or bool(((pairs < 0) | (pairs >= count)).any())
        return
    for (start, end), length, nodes in zip(pairs.tolist(), paths.length.tolist(), paths.nodes, strict=True):
        assert length >= 0
        assert (length == 0) or start != end
        assert not len(nodes) or (int(nodes[0]), int(nodes[-1])) == (start, end)


@lru_cache
def split_graph() -> lg.Graph:
    """A chain of flat space, and two nodes that no path leads to."""
    z = torch.randn(6, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return lg.knn_graph(metric_of("flat"), torch.cat([z, z[:2] / 100 + 1e3]), 1)


@calls(150)
@given(
    st.lists(st.tuples(st.integers(-1, 8), st.integers(-1, 8)), max_size=4),
    st.sampled_from([torch.int64, torch.int64, torch.int32, torch.uint8, torch.float64, torch.bool]),
    st.sampled_from(["right", "right", "right", "wide", "flat", "scalar"]),
    st.sampled_from([None, 0.0, 1.0, 1e300, float("inf")]),
    st.booleans(),
)
def test_shortest_paths(
    rows: list[tuple[int, int]], dtype: torch.dtype, shape: str, limit: float | None, paths: bool
) -> None:
    graph = split_graph()
    right = torch.tensor(rows, dtype=torch.float64).view(-1, 2).to(dtype)
    pairs = {"right": right, "wide": right.repeat(1, 2), "flat": right.flatten(), "scalar": right.sum()}[shape]
    limits = None if limit is None else torch.full((len(rows),), limit, dtype=torch.float64)
    found = answer(lambda: lg.shortest_paths(graph, pairs, limits, paths), "pairs")
    if found is None:
        good = shape == "right" and dtype not in (torch.float64, torch.bool)
        assert not good or any(not 0 <= number < 8 for row in rows for number in row)
        return
    z = graph.nodes
    for (start, end), length, nodes in zip(pairs.tolist(), found.length.tolist(), found.nodes, strict=True):
        assert length >= float((z[start] - z[end]).norm()) * (1 - 1e-3)
        assert (length == 0) == (start == end)
        if limit is None:
            assert (length < float("inf")) == ((start < 6) == (end < 6))
            assert not paths or len(nodes) or length == float("inf")
        assert not len(nodes) or (paths and (int(nodes[0]), int(nodes[-1])) == (start, end))


@calls(60)
@given(
    cases(("pullback", "pullback 3-D", "flat", "grid")),
    st.sampled_from(["graph", "geodesic", "odd"]),
    st.sampled_from([9, 5, 1, 0, -1]),
    st.data(),
)
def test_distance_matrix(case: Case, method: str, size: int, data: st.DataObject) -> None:
    rows = data.draw(
        st.sampled_from(
            [None, None, torch.tensor([[0, 0]]), torch.tensor([[0, 9]]), torch.zeros(1, 2), torch.tensor(0)]
        )
    )
    z = case.first

    def solve() -> Tensor:
        return lg.distance_matrix(
            case.metric, z, method=method, pairs=rows, size=size, neighbours=data.draw(st.sampled_from([2, 16, 0]))
        )

    found = answer(solve, f"{NAMES}|method|pairs|size|neighbours")
    if found is None:
        return
    assert found.shape == (len(z), len(z))
    assert found.dtype == z.dtype
    assert torch.equal(found, found.mT)
    assert bool((found.diagonal() == 0).all())
    assert not bool((found < 0).any())
    if case.name == "flat" and case.gentle:
        torch.testing.assert_close(found, torch.cdist(z.detach(), z.detach()), rtol=0.05, atol=1e-6)


@calls(40)
@given(
    st.sampled_from(["flat", "flat", "grid", "pullback 3-D"]),
    st.one_of(tensors(2), tensors(1), st.sampled_from([torch.zeros(2), torch.zeros(2, dtype=torch.float64)])),
    boxes,
    st.sampled_from([2, 3, (2, 3), 1, 0, -1, (1, 5), (5,)]),
)
def test_distance_field(name: str, source: Tensor, bounds: object, size: object) -> None:
    point = source[0] if source.ndim == 2 and len(source) else source
    # a coarse field ends in the same ways as a fine one, and does so a hundred times sooner
    with patch.object(distances, "_FINE", 33):
        found = answer(
            lambda: lg.distance_field(metric_of(name), point, bounds, size, checks=0),
            f"{NAMES}|source|size|bounds",
        )
    if found is None:
        return
    assert found.z.shape == (*found.distance.shape, 2)
    assert bool(torch.isfinite(found.distance).all())
    assert bool((found.distance >= 0).all())
    if name == "flat":
        torch.testing.assert_close(
            found.distance, (found.z - point.detach()).norm(dim=2), rtol=0.02, atol=1e-3 * float(found.distance.max())
        )
