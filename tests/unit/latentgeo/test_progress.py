import time
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch

import latentgeo as lg
from latentgeo import progress
from latentgeo.generative import IWAE, TrainingSettings, fit
from latentgeo.progress import shows_progress, tell

Z = torch.randn(6, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a terminal, and from the first moment on."""
    monkeypatch.setattr(progress, "_is_seen", lambda: True)
    monkeypatch.setattr(progress, "_SECONDS", 0.0)


@shows_progress("work")
def work(progress: bool = True) -> None:
    for step in range(4):
        time.sleep(0.12)
        tell(f"step {step} of 4")


@shows_progress("all of it")
def outer() -> None:
    work()


@pytest.mark.usefixtures("seen")
def test_a_long_call_says_what_it_has_come_to(capsys: pytest.CaptureFixture[str]) -> None:
    work()
    shown = capsys.readouterr().err
    assert "work: step 2 of 4 [" in shown
    # and nothing is left of the line
    assert not shown.rstrip("\r").rpartition("\r")[2].strip()


@pytest.mark.usefixtures("seen")
def test_a_call_within_another_is_shown_under_the_others_name(capsys: pytest.CaptureFixture[str]) -> None:
    outer()
    shown = capsys.readouterr().err
    assert "all of it: step 2 of 4" in shown
    assert "work" not in shown


@pytest.mark.usefixtures("seen")
def test_it_is_silent_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    work(progress=False)
    assert not capsys.readouterr().err


def test_it_is_silent_for_two_seconds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress, "_is_seen", lambda: True)
    work()
    assert not capsys.readouterr().err.strip()


@pytest.mark.usefixtures("seen")
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda metric: lg.geodesic(metric, Z[:3], Z[3:]), "geodesics"),
        (lambda metric: lg.distance_matrix(metric, Z, size=33), "distances"),
        (lambda metric: lg.distance_field(metric, Z[0], size=33, checks=2), "distance field"),
        (lambda metric: lg.GridMetric(metric, ((-1.0, 1.0), (-1.0, 1.0))), "cache"),
        (lambda metric: lg.exponential(metric, Z[:2], Z[2:4]), "exponentials"),
        (lambda metric: lg.logarithm(metric, Z[:2], Z[2:4]), "logarithms"),
        (lambda metric: lg.knn_graph(metric, Z, 2), "graph"),
    ],
)
def test_what_takes_long_shows_its_progress(capsys: pytest.CaptureFixture[str], call, name: str) -> None:
    layers = torch.nn.Sequential(torch.nn.Linear(2, 64), torch.nn.Tanh(), torch.nn.Linear(64, 50)).double()

    def slow(z: torch.Tensor) -> torch.Tensor:
        time.sleep(0.02)
        return layers(z)

    call(lg.PullbackMetric(slow))
    assert f"{name}: " in capsys.readouterr().err


@pytest.mark.usefixtures("seen")
def test_what_is_one_long_step_shows_its_name(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(progress, "tqdm", lambda desc, **options: shown.append(desc) or nullcontext())
    metric, box = lg.PullbackMetric(lambda z: z.sin()), ((-1.0, 1.0), (-1.0, 1.0))
    for wanted in (True, False):
        lg.sample_volume(metric, 3, box, size=9, generator=torch.Generator().manual_seed(0), progress=wanted)
        lg.plot.latent_map(metric, bounds=box, size=9, progress=wanted)
    assert shown == ["points by volume", "map"]


@pytest.mark.usefixtures("seen")
def test_a_training_shows_its_steps(capsys: pytest.CaptureFixture[str]) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(40, 5, generator=generator)
    model = IWAE(obs=5, latent=2, hidden=(4,), generator=generator)
    fit(
        model,
        x,
        x,
        TrainingSettings(steps=20, batch=20, learning_rate=1e-3, samples=[(0, 2)]),
        generator,
        on_step=lambda *_: time.sleep(0.2),
    )
    assert "training: step 20 of 20, bound" in capsys.readouterr().err


def test_it_is_silent_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    work()
    assert not capsys.readouterr().err


@pytest.mark.usefixtures("seen")
def test_a_page_that_is_made_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for progress_shown in (True, False):
        lg.explore(lambda z: z.sin(), Z, size=33, out=tmp_path / "page.html", progress=progress_shown)
        assert ("explorer" in capsys.readouterr().err) is progress_shown
