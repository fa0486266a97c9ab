"""What a page is told of a model, and what it refuses."""

import json
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.explorer.assemble import page
from latentgeo.explorer.packed import halved, restored
from latentgeo.explorer.payload import Note, payload

GENERATOR = torch.Generator().manual_seed(0)
DATA = torch.randn(100, 2, generator=GENERATOR, dtype=torch.float64)


def paraboloid(z: Tensor) -> Tensor:
    return torch.cat([z, z.square().sum(1, keepdim=True)], 1)


def test_what_is_packed_is_restored_to_three_digits_over_eight_decades() -> None:
    values = np.array([[3e5, -2.0], [1e-2, 0.0]])
    np.testing.assert_allclose(restored(halved(values)), values, rtol=1e-3)


def test_a_decoder_alone_is_shown_raw_smoothed_and_conformal() -> None:
    part = payload(paraboloid, DATA)
    shown = {one["name"]: one for one in part["metric"]["shown"]}
    assert list(shown) == ["raw", "smoothed", "conformal"]
    assert part["metric"]["begin"] == "raw"
    assert shown["smoothed"]["lambda"] == pytest.approx(part["scale"])
    assert shown["conformal"]["factor"]["kind"] == "bumps"
    assert max(one["error"]["anywhere"] for one in shown.values()) < 0.01
    json.dumps(part, allow_nan=False)


def test_the_given_metric_is_the_one_that_is_shown_first() -> None:
    raw = lg.PullbackMetric(paraboloid)
    scaled = lg.ScaledMetric(lg.SmoothedMetric(raw, 3.0), lambda z: 1 + z.square().sum(1))
    part = payload(scaled, DATA)
    assert part["metric"]["begin"] == "conformal"
    assert [one["lambda"] for one in part["metric"]["shown"]] == [0, 3, 3]


def test_few_points_are_shown_without_a_factor_that_they_cannot_tell() -> None:
    assert [one["name"] for one in payload(paraboloid, DATA[:5])["metric"]["shown"]] == ["raw", "smoothed"]


def test_a_metric_that_is_cut_to_rank_one_is_looked_up_whole() -> None:
    cut = lg.SmoothedMetric(lg.PullbackMetric(paraboloid), 1.0, rank=1)
    part = payload(cut, DATA, metrics={"cut": cut})
    assert part["metric"]["shown"][0]["lambda"] == 0
    assert part["metric"]["shown"][0]["error"]["median"] < 0.01


def test_a_metric_without_a_decoder_has_no_frames() -> None:
    plane = lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype).expand(len(z), 2, 2))
    part = payload(plane, DATA)
    assert (part["decoder"], part["frames"]) == (None, None)
    with pytest.raises(ValueError, match="frames need a decoder, and FunctionMetric has none"):
        payload(plane, DATA, frames="curve")


def test_any_decoder_is_decoded_by_a_lattice_whose_error_is_said() -> None:
    part = payload(paraboloid, DATA)["decoder"]
    assert part["kind"] == "lattice"
    assert part["scores"]["shape"][2] == 3
    assert part["error"] < 0.01


def test_a_perceptron_is_decoded_by_its_weights() -> None:
    layers = nn.Sequential(nn.Linear(2, 8), nn.Sequential(nn.ELU(), nn.Linear(8, 4, bias=False)), nn.Sigmoid())
    part = payload(layers.requires_grad_(False), DATA)["decoder"]
    assert [one.get("activation") for one in part["layers"]] == [None, "elu", None, "sigmoid"]
    assert part["error"] < 1e-2


def test_frames_that_are_images_have_their_shape() -> None:
    layers = nn.Sequential(nn.Linear(2, 12), nn.Sigmoid(), nn.Unflatten(1, (3, 2, 2))).requires_grad_(False)
    part = payload(layers, DATA)["frames"]
    assert (part["kind"], part["shape"], part["range"]) == ("image", [3, 2, 2], [0, 1])


def test_the_start_and_the_box_are_those_that_are_given() -> None:
    part = payload(paraboloid, DATA, bounds=((-4.0, 4.0), (-3.0, 3.0)), start=torch.tensor([[0, 0], [1, 2]]))
    assert part["start"] == [[0, 0], [1, 2]]
    assert part["box"] == [[-4, 4], [-3, 3]]
    with pytest.raises(ValueError, match="start must be two points"):
        payload(paraboloid, DATA, bounds=((-1.0, 1.0), (-1.0, 1.0)), start=torch.tensor([[0, 0], [1, 2]]))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (torch.zeros(5, 3), r"data must be latent points \(points, 2\), as the page shows a plane; got \(5, 3\)"),
        (torch.zeros(5, 2), "two different points at least"),
        (torch.tensor([[0.0, math.nan], [1.0, 2.0]]), "data must be finite; point 0"),
    ],
)
def test_data_that_are_no_points_of_a_plane_are_refused(data: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        payload(paraboloid, data)


def test_periodic_coordinates_are_refused() -> None:
    metric = lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype).expand(len(z), 2, 2), periods=(2.0, None))
    with pytest.raises(ValueError, match="a page has no periodic coordinates"):
        payload(metric, DATA)


def test_metrics_of_two_decoders_are_refused() -> None:
    one, other = lg.PullbackMetric(paraboloid), lg.PullbackMetric(lambda z: 2 * paraboloid(z))
    with pytest.raises(ValueError, match="metrics must be functions of one metric"):
        payload(one, DATA, metrics={"one": one, "other": other})


def test_a_metric_that_is_not_finite_is_refused_at_the_data_and_beside_them() -> None:
    metric = lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype) * z[:, :1, None].sqrt())
    with pytest.raises(lg.NotFiniteError, match="a point of the data"):
        payload(metric, DATA)
    with pytest.raises(lg.NotFiniteError, match="choose bounds that lie in its domain"):
        payload(metric, DATA.abs())


def test_explore_writes_one_page_that_asks_for_nothing(tmp_path) -> None:
    file = lg.explore(paraboloid, DATA, labels=["a", "b"] * 50, title="A < B", out=tmp_path / "page.html")
    text = file.read_text(encoding="utf-8")
    assert "<title>A &lt; B</title>" in text
    assert "default-src 'none'" in text
    assert 'src="http' not in text
    assert "<!--" not in text
    assert len(text) < 1_000_000


def test_text_of_a_note_cannot_end_the_script_that_it_stands_in() -> None:
    part = payload(paraboloid, DATA, note=Note("t", ["a"], [["</script><b>"]]))
    assert "</script><b>" not in page([part], "t")


def test_a_page_of_two_models_of_one_name_or_of_too_many_bytes_is_refused() -> None:
    part = payload(paraboloid, DATA)
    with pytest.raises(ValueError, match="models of different names"):
        page([part, part], "t")
    with pytest.raises(ValueError, match="and is to be 6 MB at most"):
        page([{**part, "about": "x" * 6_000_000}], "t")
