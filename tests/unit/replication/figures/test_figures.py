"""Every figure draws from the artifacts, the same bytes each time, and says what its data are."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from replication import figures
from replication.evidence import reported
from replication.files import needs
from replication.looks import style
from replication.looks.panels.classes import class_runs
from replication.looks.panels.latent_map import two_maps
from replication.looks.panels.reconstructions import draw_velocities
from replication.stages import Job
from replication.stages import figure as stage
from replication.stages import verdict as verdict_stage
from replication_fixtures import DATASETS, INPUTS, SEEDS, write_tree


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    results = write_tree(tmp_path_factory.mktemp("made") / "results" / "tiny", "standin")
    settings = {"results": str(results), "datasets": DATASETS, "seeds": SEEDS}
    verdict_stage.run(Job(settings=settings, inputs=INPUTS, outputs={"verdict": results / "verdict.csv"}))
    return results


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
    assert fits_print(drawn[0])


def fits_print(figure):
    """One of two widths, at most a page high, and no letter below 8 points."""
    sizes = {
        text.get_text(): text.get_fontsize()
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip()
    }
    small = {words: size for words, size in sizes.items() if size < 8}
    width, height = figure.get_size_inches()
    assert not small
    return width in (style.COLUMN, style.PAGE) and height <= 9.5


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
    of_all = ["fig26_verdict"]
    assert figures.available(["mnist"]) == of_digits + of_all
    assert figures.available(["robot_arm"]) == [name for name in figures.names() if "robot_arm" in name] + of_all


def test_missing_artifacts_are_all_named(results):
    with pytest.raises(FileNotFoundError, match=r"seed7/sweep\.csv, .*seed7/metric_grid\.npz"):
        needs.collect(figures.load("fig03_pendulum_lambda").NEEDS, results, DATASETS, [7])


def test_paths_are_the_inputs_of_a_rule(tmp_path):
    found = needs.paths(figures.load("fig05_mnist_equidistance").NEEDS, tmp_path, DATASETS, [0, 1])
    assert tmp_path / "mnist" / "seed1" / "distance_field.npz" in found
    assert len(found) == 6  # three artifacts of two seeds


def test_what_is_of_the_profile_is_one_file_whatever_the_data_sets(tmp_path):
    wanted = figures.load("fig26_verdict").NEEDS
    assert needs.paths(wanted, tmp_path, DATASETS, [0, 1]) == [tmp_path / "verdict.csv"]
    with pytest.raises(
        FileNotFoundError, match=r"missing artifacts: \S+verdict\.csv, .*; run the stages that make these"
    ):
        needs.collect(wanted, tmp_path, DATASETS, [0])


def test_the_verdict_at_a_glance_draws_each_judge_within_its_interval_and_nothing_that_was_not_run():
    """A shown pair may lie outside the middle 95 % of all pairs, and one seed has no interval."""
    items = [item["item"] for item in reported.load()["items"]]
    rows = pd.DataFrame({"item": items}).assign(
        dataset="pendulum", paper=[item["paper"] or np.nan for item in reported.load()["items"]], verdict="partly",
        ours=3.0, ci_low=1.0, ci_high=2.0, shortest=4.0, shortest_low=np.nan, shortest_high=np.nan,
        shortest_verdict="not reproduced",
    )  # fmt: skip
    rows.loc[0, "verdict"] = "not run"
    with style.context():
        drawn = figures.load("fig26_verdict").draw(needs.Needs({}, reported.load(), rows))
    lines = [line for axis in drawn.axes for line in axis.lines if line.get_marker() in ("D", "o")]
    assert len([line for line in lines if len(line.get_xdata()) == 1]) == 2 * (len(items) - 1)
    told = figures.load("fig26_verdict").numbers(needs.Needs({}, reported.load(), rows))
    assert told["Pendulum, mean geodesic"] == "3.00 [1.00, 2.00]; shortest 4.00: partly"


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


def figure_of(name, results):
    module = figures.load(name)
    with style.context():
        return module.draw(needs.collect(module.NEEDS, results, DATASETS, SEEDS, reported.load()))


def test_a_colour_is_a_path_and_a_line_style_a_metric():
    raw, smoothed = style.look("geodesic", "raw"), style.look("geodesic", "smoothed")
    assert raw["color"] == smoothed["color"] != style.look("neural", "raw")["color"]
    assert raw["linestyle"] == style.look("neural", "raw")["linestyle"] != smoothed["linestyle"]
    assert style.look("euclidean", "raw") == style.look("euclidean", "smoothed")
    assert len({look["color"] for look in map(style.look, style.LABELS)}) == len(style.LABELS)


def test_the_maps_with_and_without_noise_share_one_scale_and_every_seed_has_its_number(results):
    clean, noisy, spread = figure_of("fig12_motion_noise", results).axes[:3]
    scales = [axis.collections[0].norm for axis in (clean, noisy)]
    assert (scales[0].vmin, scales[0].vmax) == (scales[1].vmin, scales[1].vmax)
    small = [line for line in spread.lines if line.get_color() == "0.45"]
    assert [len(line.get_ydata()) for line in small] == [len(SEEDS), len(SEEDS)]


def test_the_whole_latent_space_of_the_digits_frames_what_is_enlarged(results):
    whole, raw, *_ = figure_of("fig06_mnist_mf", results).axes
    (frame,) = [patch for patch in whole.patches if not patch.get_fill()]
    assert frame.get_bbox().intervalx == pytest.approx(raw.get_xlim())
    assert frame.get_bbox().intervaly == pytest.approx(raw.get_ylim())
    assert {text.get_text() for text in whole.texts} == set("0123456789")


def test_the_ranks_stand_apart(results):
    figure = figure_of("fig15_ratios", results)
    figure.draw_without_rendering()
    for wide, narrow in zip(figure.axes[::2], figure.axes[1::2], strict=True):
        assert (wide.get_title()[-6:], narrow.get_title()) == ("rank 2", "rank 1")
        assert wide.get_position().x1 < narrow.get_position().x0


def test_bands_say_what_the_paper_reports(results):
    words = {text.get_text() for axis in figure_of("fig17_every_pair", results).axes for text in axis.texts}
    assert words == {"paper 2.57", "paper 1.18", "paper 2.74", "paper 1.12"}


def test_a_spike_of_the_velocity_does_not_flatten_the_others():
    t = np.linspace(0, 1, 200)
    velocity = {"euclidean": np.full(200, 1.0), "geodesic_raw": np.where(np.arange(200) == 7, 500.0, 2.0)}
    shown = {"t": t, **{f"{path}_velocity_raw": values for path, values in velocity.items()}}
    axis = Figure().subplots()
    draw_velocities(axis, shown, list(velocity), "raw")
    low, high = axis.transData.transform([(0, 1.0), (0, 2.0)])[:, 1]
    assert high - low > 0.08 * axis.get_window_extent().height


def test_poses_stand_on_the_nearest_recorded_ones(results):
    figure = figure_of("fig11_motion_stick_figures", results)
    titles = [axis.get_title(loc="right") for axis in figure.axes if not axis.axison]
    assert len(titles) == 5
    assert all("cm off, at most" in title and 0 < float(title.split()[-1]) < 1 for title in titles)


def test_the_arm_is_drawn_in_space_beside_its_plane(results):
    space, plane, distance = figure_of("fig09_robot_arm_cartesian", results).axes
    assert (space.get_xlabel(), space.get_ylabel(), space.get_zlabel()) == ("$x$ (m)", "$y$ (m)", "$z$ (m)")
    assert "plane" in plane.get_xlabel()
    assert "distance" in distance.get_ylabel()
