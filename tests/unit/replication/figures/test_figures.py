"""Every figure draws from the artifacts, the same bytes each time, and says what its data are."""

import pytest

from replication import figures
from replication.files import needs
from replication.looks import style
from replication.looks.panels.classes import class_runs
from replication.looks.panels.latent_map import two_maps
from replication.stages import Job
from replication.stages import figure as stage
from replication_fixtures import DATASETS, INPUTS, SEEDS, write_tree


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return write_tree(tmp_path_factory.mktemp("results"), "standin")


def draw(name, results, folder):
    png, pdf = folder / f"{name}.png", folder / f"{name}.pdf"
    settings = {"name": name, "results": str(results), "datasets": DATASETS, "seeds": SEEDS}
    stage.run(Job(settings=settings, inputs=INPUTS, outputs={"png": png, "pdf": pdf}))
    return png, pdf


@pytest.mark.parametrize("name", figures.available(DATASETS))
def test_figure_is_written_and_its_axes_have_names(name, results, tmp_path, monkeypatch):
    drawn, save = [], style.save
    monkeypatch.setattr(style, "save", lambda figure, *paths: (drawn.append(figure), save(figure, *paths)))
    png, pdf = draw(name, results, tmp_path)
    assert png.read_bytes().startswith(b"\x89PNG")
    assert pdf.read_bytes().startswith(b"%PDF")
    panels = [axis for axis in drawn[0].axes if axis.axison]
    assert [axis for axis in panels if not (axis.get_xlabel() or axis.get_ylabel())] == []


@pytest.mark.parametrize("name", figures.available(DATASETS))
def test_numbers_and_caption(name, results):
    module = figures.load(name)
    numbers = module.numbers(needs.collect(module.NEEDS, results, DATASETS, SEEDS))
    assert numbers
    assert not [value for value in numbers.values() if "not available" in value]
    assert module.CAPTION.endswith(".")


def test_same_artifacts_same_bytes(results, tmp_path):
    first = [path.read_bytes() for path in draw("fig04_pendulum_angle", results, tmp_path / "a")]
    second = [path.read_bytes() for path in draw("fig04_pendulum_angle", results, tmp_path / "b")]
    assert first == second


def test_stand_ins_are_stamped_and_real_data_are_not(results, tmp_path, monkeypatch):
    stamps = []
    monkeypatch.setattr(style, "stamp", lambda figure, words: stamps.append(words))
    draw("fig05_mnist_equidistance", results, tmp_path)
    draw("fig04_pendulum_angle", results, tmp_path)
    assert stamps == ["data: stand-in (mnist)"]


def test_unknown_figure_lists_what_exists():
    with pytest.raises(ValueError, match=r"no figure 'fig99'; found: fig01_pendulum_mf, "):
        figures.load("fig99")


def test_only_the_figures_of_the_configured_data_sets():
    of_digits = [name for name in figures.names() if "mnist" in name]
    assert figures.available(["mnist"]) == of_digits
    assert figures.available(["robot_arm"]) == [name for name in figures.names() if "robot_arm" in name]


def test_missing_artifacts_are_all_named(results):
    with pytest.raises(FileNotFoundError, match=r"seed7/sweep\.csv, .*seed7/metric_grid\.npz"):
        needs.collect(figures.load("fig03_pendulum_lambda").NEEDS, results, DATASETS, [7])


def test_paths_are_the_inputs_of_a_rule(tmp_path):
    found = needs.paths(figures.load("fig05_mnist_equidistance").NEEDS, tmp_path, DATASETS, [0, 1])
    assert tmp_path / "mnist" / "seed1" / "distance_field.npz" in found
    assert len(found) == 6  # three artifacts of two seeds


def test_runs_of_classes():
    assert class_runs([3, 3, 1, 1, 1, 3]) == [(3, 0, 1), (1, 2, 4), (3, 5, 5)]
    assert class_runs([7]) == [(7, 0, 0)]


def test_a_map_shows_the_paths_of_its_own_metric(results):
    """The arm's curves of the paper's solver are sought smoothed alone."""
    loaded = needs.collect(figures.load("fig08_robot_arm_mf").NEEDS, results, DATASETS, SEEDS)
    _, (raw, smoothed) = two_maps(loaded, "robot_arm")
    colour = style.PATHS["neural"]
    assert [line for line in raw.lines if line.get_color() == colour] == []
    assert [line for line in smoothed.lines if line.get_color() == colour] != []
