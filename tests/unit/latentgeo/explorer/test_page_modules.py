"""The page's own modules: by node's runner, and on what Python writes for them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import latentgeo as lg
from browser import node
from latentgeo.explorer.payload import payload

HERE = Path(__file__).parent
PAGE = Path(lg.__file__).parent / "explorer" / "page"
SCRIPT = """
import { readFileSync } from "node:fs";
import { Solver } from "PAGE/solver.js";
const { payload, ends, points } = JSON.parse(readFileSync(0));
const solver = new Solver(payload);
const paths = {};
for (const { name } of payload.metric.shown) {
  const all = ends.map((pair) => solver.paths({ metric: name, ends: pair }));
  const lengths = (path) => all.map((one) => one[path].length);
  paths[name] = { line: lengths("line"), geodesic: lengths("geodesic") };
}
const frames = solver.frames({ points })?.map((values) => [...values]) ?? null;
console.log(JSON.stringify({ frames, paths }));
"""


def asked(part: dict[str, Any], ends: torch.Tensor, points: torch.Tensor) -> dict[str, Any]:
    """What the page's solver answers, run by node."""
    given = json.dumps({"payload": part, "ends": ends.tolist(), "points": points.tolist()})
    words = [node(), "--input-type=module", "--eval", SCRIPT.replace("PAGE", PAGE.as_uri())]
    run = subprocess.run(words, input=given, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_all_of_nodes_tests_pass() -> None:
    files = sorted(map(str, (HERE / "page").glob("*.test.js")))
    assert len(files) == 3
    run = subprocess.run([node(), "--test", *files], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-5000:]


def curved(generator: torch.Generator) -> nn.Sequential:
    layers = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Softplus(), nn.Linear(16, 6)).double()
    with torch.no_grad():
        for weight in layers.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator, dtype=torch.float64) * 0.8)
    return layers.requires_grad_(False)


@pytest.mark.parametrize("weights", [True, False], ids=["by its weights", "by a lattice"])
def test_the_page_measures_and_decodes_as_the_library_does(weights: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    layers = curved(generator)
    data = torch.randn(300, 2, generator=generator, dtype=torch.float64)
    raw = lg.PullbackMetric(layers)
    precision = lg.RBFPrecision.fit(data, centres=16, generator=generator)
    chosen = {"raw": raw, "smoothed": lg.SmoothedMetric(raw, 50.0), "conformal": lg.ScaledMetric(raw, precision)}
    bounds = ((-3.0, 3.0), (-3.0, 3.0))
    shown = None if weights else lambda z: layers(z)
    part = payload(raw, data, metrics=chosen, bounds=bounds, decoder=shown)
    assert part["decoder"]["kind"] == ("perceptron" if weights else "lattice")

    ends = data[:20].view(10, 2, 2).clamp(-2.9, 2.9)
    found = asked(part, ends, data[:5])
    decoded, truth = torch.tensor(found["frames"], dtype=torch.float64), layers(data[:5])
    assert float((decoded - truth).norm() / (truth - truth.mean(0)).norm()) < 0.02
    for name, metric in chosen.items():
        grid = lg.GridMetric(raw, bounds)
        lengths = {
            "line": lg.euclidean(metric, ends[:, 0], ends[:, 1]).length,
            "geodesic": lg.geodesic(metric, ends[:, 0], ends[:, 1], grid=grid).length,
        }
        for path, known in lengths.items():
            torch.testing.assert_close(
                torch.tensor(found["paths"][name][path], dtype=torch.float64), known, rtol=0.02, atol=0
            )


def test_a_factor_of_any_kind_is_measured_as_the_library_does() -> None:
    raw = lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype).expand(len(z), 2, 2))
    metric = lg.ScaledMetric(raw, lambda z: 1 + z.square().sum(1))
    data = torch.rand(50, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 2 - 1
    part = payload(metric, data, metrics={"conformal": metric})
    assert part["metric"]["shown"][0]["factor"]["kind"] == "splines"
    ends = data[:8].view(4, 2, 2)
    found = asked(part, ends, data[:0])
    assert found["frames"] is None
    known = lg.geodesic(metric, ends[:, 0], ends[:, 1], data=data).length
    torch.testing.assert_close(torch.tensor(found["paths"]["conformal"]["geodesic"]).double(), known, rtol=1e-3, atol=0)
