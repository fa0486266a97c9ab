"""The geometry's stages on a decoder whose geometry is known: the plane, twice as large, in a space of three."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from latentgeo.generative import IWAE
from latentgeo.geometry.distances import field
from replication import stages
from replication.files import artifacts
from replication.models import checkpoints
from replication.stages import Job

SETTINGS: dict[str, Any] = {
    "encodings": 40,
    "grid": {"size": 16, "map": 7, "margin": 0.25},
    "lambda_multiplier": 0.0,
    "rank": 2,
    "precision": {"centres": 4, "kappa": 10.0},
}
RING = 40


def write_plane(folder: Path) -> None:
    """A model that encodes (2x, 2y, 0) as (x, y) with a standard deviation of 1/e, and decodes it again."""
    model = IWAE(obs=3, latent=2, hidden=[], likelihood="gaussian")
    with torch.no_grad():
        for layer in (model.encoder[0], model.decoder[0]):
            layer.weight.zero_()
            layer.bias.zero_()
        model.encoder[0].weight[:2, :2] = torch.eye(2) / 2
        model.encoder[0].bias[2:] = -1
        model.decoder[0].weight[:2] = 2 * torch.eye(2)
    checkpoints.save(folder / "model.safetensors", model, {})


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """The plane's model, and data on a circle of radius 1 in the latent space."""
    angle = np.linspace(0, 2 * np.pi, RING, endpoint=False)
    rows = np.stack([2 * np.cos(angle), 2 * np.sin(angle), 0 * angle], axis=1).astype(np.float32)
    arrays = dict.fromkeys(("train", "valid", "test", "ring"), rows) | {"angle_test": angle, "ring_angle": angle}
    artifacts.write_npz(tmp_path / "data.npz", **arrays)
    artifacts.write_json(tmp_path / "data.json", {"loader": "none", "data_source": "simulated"})
    write_plane(tmp_path)
    return tmp_path


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """The same with two classes far apart in place of the circle, 20 points of each, in turn."""
    label = np.arange(40) % 2
    rows = np.random.default_rng(0).normal(0, 0.1, (40, 3)).astype(np.float32)
    rows[:, 0] += 4 * label
    artifacts.write_npz(tmp_path / "data.npz", train=rows, valid=rows, test=rows, label_test=label)
    artifacts.write_json(tmp_path / "data.json", {"loader": "none", "data_source": "simulated"})
    write_plane(tmp_path)
    return tmp_path


def run(stage: str, folder: Path, settings: dict[str, Any], **outputs: str) -> list[Path]:
    """What a stage made, in the order of the outputs."""
    inputs = {"model": folder / "model.safetensors", "data": folder / "data.npz"}
    files = {name: folder / file for name, file in outputs.items()}
    job = Job(dataset="plane", seed=0, settings=SETTINGS | settings, inputs=inputs, outputs=files)
    assert stages.load(stage).run(job)["data_source"] == "simulated"
    return list(files.values())


def test_the_grid_has_x_along_columns_and_the_metric_of_the_plane(ring: Path) -> None:
    (file,) = run("grid", ring, {}, grid="metric_grid.npz")
    grid = artifacts.read_npz(file)
    edge = np.linspace(-1.5, 1.5, 7)
    np.testing.assert_allclose(grid["z"], np.stack(np.meshgrid(edge, edge), axis=-1), atol=1e-6)
    np.testing.assert_allclose(grid["G"], np.broadcast_to(4 * np.eye(2), (7, 7, 2, 2)), atol=1e-9)
    np.testing.assert_allclose(grid["MF"], 4)
    np.testing.assert_allclose(grid["MF_smoothed"], 4)
    np.testing.assert_allclose(np.linalg.norm(grid["encodings"], axis=1), 1, rtol=1e-6)
    assert (float(grid["lambda_s"]), float(grid["lambda_scale"])) == (0, pytest.approx(16))


def test_paths_in_the_plane_are_lines_and_arcs_of_twice_the_latent_length(ring: Path) -> None:
    settings = {
        "pairs": 4,
        "metrics": ["raw"],
        "neural_metrics": [],
        "neural": {"pairs": 0},
        "follow_radius": 0.35,
    }
    table, arrays = run("geodesics", ring, settings, pairs="pairs.csv", geodesics="geodesics.npz")
    rows, solved = artifacts.read_csv(table), artifacts.read_npz(arrays)
    lengths = rows.pivot_table(index="pair", columns="path", values="length")
    chord = np.linalg.norm(solved["z1"] - solved["z0"], axis=1)
    np.testing.assert_allclose(lengths["euclidean"], 2 * chord, rtol=1e-6)
    np.testing.assert_allclose(lengths["geodesic"], 2 * chord, rtol=1e-6)
    np.testing.assert_allclose(lengths["manifold"], 4 * np.arcsin(chord / 2), rtol=5e-3)
    assert set(rows[rows["path"] == "geodesic"].outcome) == {"converged"}
    np.testing.assert_allclose(solved["curves_raw"], solved["curves_euclidean"], atol=1e-4)


def test_along_and_across_the_ring_the_plane_is_equally_steep(ring: Path) -> None:
    (file,) = run("radii", ring, {"radii": 2.0}, radii="radii.npz")
    radii = artifacts.read_npz(file)
    for name in ("along", "across", "singular"):
        np.testing.assert_allclose(radii[name], 2, rtol=1e-9)
    for name in ("q_along", "q_across"):
        np.testing.assert_allclose(radii[name], np.exp(-1), rtol=1e-6)
    np.testing.assert_allclose(radii["centre"], 0, atol=1e-6)
    assert radii["radius"][[0, -1]].tolist() == [0, 2]


def test_radii_without_a_ring_are_refused(classes: Path) -> None:
    with pytest.raises(ValueError, match=r"none has no ring of noise-free observations; leave geometry\.radii null"):
        run("radii", classes, {"radii": 2.0}, radii="radii.npz")


def test_distances_from_an_encoding_are_twice_the_latent_ones(classes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(field, "_FINE", 60)  # nodes a side, whose step is the error
    (file,) = run("distances", classes, {"distance_field": {"metric": "raw", "size": 21}}, distances="field.npz")
    found = artifacts.read_npz(file)
    np.testing.assert_allclose(found["distance"], 2 * found["euclidean"], rtol=0.05, atol=1e-6)
    assert int(found["source_label"]) == int(found["source"][0] > 1)


def test_neighbours_of_classes_far_apart_have_their_class(classes: Path) -> None:
    settings = {"points": 20, "nearest": 5, "metrics": ["raw", "conformal"]}
    (file,) = run("neighbours", classes, {"neighbours": settings}, neighbours="neighbours.csv")
    rows = artifacts.read_csv(file)
    assert rows.groupby("metric").size().to_dict() == {"raw": 20, "conformal": 20}
    assert (rows[["geodesic", "euclidean"]] == 1).all(axis=None)


def test_classes_far_apart_are_told_by_neighbours_and_clusters(classes: Path) -> None:
    settings = {"points": 40, "nearest": 5, "metrics": ["raw"]}
    (file,) = run("statistics", classes, {"statistics": settings}, statistics="statistics.csv")
    rows = artifacts.read_csv(file)
    sizes = {("latent", "accuracy"): 20, ("latent", "ari"): 1, ("latent", "nmi"): 1}
    assert rows.groupby(["metric", "measure"]).size().to_dict() == {
        key: count for (_, measure), count in sizes.items() for key in (("latent", measure), ("raw", measure))
    }
    np.testing.assert_allclose(rows["value"], 1)


@pytest.mark.slow
def test_laws_of_classes_in_a_plane_are_plain_normals(classes: Path) -> None:
    """On the plane, whose metric is constant, the adaptive law of each class is the plain one, but for the mesh."""
    (file,) = run(
        "class_laws",
        classes,
        {"class_laws": {"points": 12, "metrics": ["raw"], "size": 129}},
        class_laws="class_laws.csv",
    )
    rows = artifacts.read_csv(file)
    assert rows.groupby(["metric", "measure"]).size().to_dict() == {
        (metric, measure): count
        for metric in ("latent", "raw")
        for measure, count in (("law_accuracy", 20), ("laws", 2), ("log_density", 20))
    }
    values = {key: part["value"].to_numpy() for key, part in rows.groupby(["metric", "measure"])}
    # a class is a few steps of the mesh wide: in its tails, where logarithms are long, the mesh is seen
    off = np.abs(values["raw", "log_density"] - values["latent", "log_density"])
    assert np.median(off) < 0.15
    assert (off < 0.2).mean() >= 0.8
    np.testing.assert_allclose(values["raw", "law_accuracy"], 1)
    np.testing.assert_allclose(values["latent", "law_accuracy"], 1)
    # the plain one is exact; whether the other has converged is said, and on such a mesh it has not
    assert values["latent", "laws"].tolist() == [1, 1]
    assert set(values["raw", "laws"]) <= {0, 1}


def test_the_phase_of_a_stride_is_that_of_its_neighbours(ring: Path) -> None:
    settings = {"points": 2 * RING, "nearest": 2, "metrics": ["raw"]}
    (file,) = run("statistics", ring, {"statistics": settings}, statistics="statistics.csv")
    rows = artifacts.read_csv(file)
    assert rows.groupby(["metric", "measure"]).size().to_dict() == {
        (metric, "phase_error"): RING for metric in ("latent", "raw")
    }
    # a point's neighbours are itself and the one a step of the ring away, whose phases' mean is half a step off
    np.testing.assert_allclose(rows["value"], np.pi / RING, rtol=1e-4)
