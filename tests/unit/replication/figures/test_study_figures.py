"""What the study finds out of why and of starts, drawn and counted from small artifacts with known answers."""

import numpy as np
import pandas as pd
import pytest

from replication import figures, tables
from replication.evidence import domains, starts
from replication.files import needs
from replication.files.artifacts import write_csv, write_npz
from replication.stages import Job
from replication.stages import figure as stage
from replication_fixtures import INPUTS

SEEDS = (20, 21)
ANGLE = np.linspace(0, 2 * np.pi, 100, endpoint=False)
RING = np.stack([np.cos(ANGLE), np.sin(ANGLE)], axis=1)


def start_rows() -> pd.DataFrame:
    """Two far pairs: 8 curves are stuck on one of them, 100 on none; restarts end in 1.0 (along) and 1.5 (inside)."""
    rows = [
        {"pair": pair, "candidates": candidates, "restart": 0, "length": length, "side": side}
        for candidates, lengths in ((8, (0.9, 2.0)), (100, (0.9, 0.9)))
        for pair, length, side in zip((0, 1), lengths, ("along", "inside"), strict=True)
    ]
    rows += [
        {
            "pair": pair, "candidates": 1, "restart": restart, "length": 1.5 if restart == 1 else 1.0 + restart / 1000,
            "side": "inside" if restart == 1 else "along", "start_score": 1.0 if (restart == 1) == (pair == 0) else 2.0,
        }
        for pair in (0, 1) for restart in (1, 2, 3)
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(shortest=0.8, manifold=1.1, euclidean=2.0, distance=3.0, outcome="converged")


def domain_rows() -> pd.DataFrame:
    lengths = {"euclidean": 2.0, "manifold": 1.0, "geodesic": 0.5, "neural": 0.8}
    return pd.DataFrame(
        [
            {"domain": domain, "path": path, "length": length, "follow": 1, "outcome": "bounded", "pair": pair}
            for domain in (0.0, 0.95, 0.99)
            for path, length in lengths.items()
            for pair in (0, 1)
        ]
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    radius = np.linspace(0, 2, 41)
    spread = np.broadcast_to(radius[:, None], (41, 100))
    curves = np.stack([RING[:60] * scale for scale in (0.5, 1.0, 1.5)])
    pairs = pd.DataFrame(
        [
            {
                "pair": pair, "path": path, "metric": "smoothed", "distance": pair + 1.0,
                "follow": int(path == "neural"), "outcome": "converged" if path == "neural" else "bounded",
            }
            for path in ("neural", "geodesic")
            for pair in range(3)
        ]
    )  # fmt: skip
    for model in starts.MODELS.values():
        for seed in SEEDS:
            run = folder / model / f"seed{seed}"
            write_csv(run / "starts.csv", start_rows())
            write_csv(run / "domains.csv", domain_rows())
            write_csv(run / "pairs.csv", pairs)
            write_npz(run / "geodesics.npz", traces_smoothed=curves, traces_neural_smoothed=curves)
            write_npz(
                run / "radii.npz", radius=radius, along=1 + spread, across=2 - spread / 2, ring=RING,
                singular=np.stack([2 + spread, 1 + 0 * spread], axis=-1),
                centre=np.zeros(2), q_along=np.full(100, 0.2), q_across=np.full(100, 0.1),
                bounds=np.array([[-2.0, 2.0], [-2.0, 2.0]]),
            )  # fmt: skip
    return folder


@pytest.mark.parametrize("name", ["fig22_why", "fig23_starts"])
def test_the_figures_are_drawn(results, tmp_path, name) -> None:
    settings = {"name": name, "results": str(results), "datasets": list(starts.MODELS.values()), "seeds": list(SEEDS)}
    outputs = {"png": tmp_path / "a.png", "pdf": tmp_path / "a.pdf"}
    stage.run(Job(settings=settings, inputs=INPUTS, outputs=outputs))
    assert outputs["png"].read_bytes().startswith(b"\x89PNG")
    module = figures.load(name)
    assert module.CAPTION.endswith(".")
    assert module.numbers(needs.collect(module.NEEDS, results, [], SEEDS))


def test_curves_longer_than_the_known_way_are_stuck(results) -> None:
    model = starts.MODELS["fitted"]
    rows = starts.by_candidates(needs.collect(starts.NEEDS, results, [], SEEDS), model).set_index("candidates")
    assert rows["stuck"].to_dict() == {8: 0.5, 100: 0.0}
    assert rows.loc[8, "euclidean"] == pytest.approx(2.0 / 1.45)
    assert rows.loc[8, ["along", "inside", "outside"]].tolist() == [0.5, 0.5, 0.0]


def test_restarts_are_counted_by_where_they_end_and_what_the_rule_prefers(results) -> None:
    ends = starts.of_restarts(needs.collect(starts.NEEDS, results, [], SEEDS), starts.MODELS["fitted"])
    assert ends["pairs"] == 4
    assert (ends["minima"], ends["inside"]) == (2.0, pytest.approx(1 / 3))
    assert (ends["rule_inside"], ends["rule_along"], ends["shortest_along"]) == (0.5, 0.5, 1.0)
    assert ends["rule_is_shortest"] == 0.5


def test_minima_are_lengths_a_hundredth_apart() -> None:
    assert starts.minima(np.array([1.0, 1.005, 1.02, 3.0, 3.001])) == 3


def test_the_tables_have_rows_of_both_models(results) -> None:
    for name, rows in (("tab12_starts", 6), ("tab14_domains", 12), ("tab18_why", 114)):
        module = tables.load(name)
        frame = module.build(needs.collect(module.NEEDS, results, [], SEEDS))
        assert len(frame) == rows
    found = domains.by_domain(needs.collect(domains.NEEDS, results, [], SEEDS), domains.MODELS["fitted"])
    assert found[found["path"] == "geodesic"]["manifold"].tolist() == [2.0, 2.0, 2.0]


def test_why_in_numbers(results) -> None:
    module = tables.load("tab18_why")
    frame = module.build(needs.collect(module.NEEDS, results, [], SEEDS))
    fitted = frame[frame["pendulum"] == "fitted"].set_index(["quantity", "at"])["value"]
    assert fitted["larger singular value", "1.5 radii"] == pytest.approx(3.5)
    assert fitted["derivative across the ring", "2 radii"] == pytest.approx(1.0)
    assert fitted["reach over the ring's", "nearest side of the box"] == pytest.approx(2.0)
    assert fitted["reach over the ring's", "disc with 95 % of the prior"] == pytest.approx(np.sqrt(-2 * np.log(0.05)))
    # of the three curves the far ones are the circles of the ring's radius and half as much again
    assert fitted["largest radius of far geodesics", "shortest"] == pytest.approx(1.25)
    shares = {end: fitted[f"far geodesics that {end}", "shortest"] for end in ("leave it inwards", "leave it outwards")}
    assert sum(shares.values()) == 1.0
    assert fitted["far geodesics that follow the ring", "paper's solver"] == 1.0
    lean = [fitted["far geodesics that lean on the box", end] for end in ("paper's solver", "shortest")]
    assert lean == [0.0, 1.0]
