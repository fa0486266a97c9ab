"""Every animation is written from the artifacts, the same bytes each time, small, and says what its data are."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from replication import animations
from replication.files import needs
from replication.looks import film, style
from replication.looks.film import Film
from replication.stages import Job
from replication.stages import animation as stage
from replication_fixtures import DATASETS, FILM, SEEDS, write_tree


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return write_tree(tmp_path_factory.mktemp("made") / "results" / "tiny", "standin")


def draw(name, results, folder):
    gif = folder / f"{name}.gif"
    settings = {"name": name, "results": str(results), "datasets": DATASETS, "seeds": SEEDS}
    stage.run(Job(settings=settings, outputs={"gif": gif}))
    return gif


@pytest.mark.parametrize("name", animations.names())
def test_gif_has_all_frames_and_is_small(name, results, tmp_path):
    gif = draw(name, results, tmp_path)
    assert gif.stat().st_size < 400_000
    with Image.open(gif) as image:
        assert image.n_frames == FILM
        assert image.info["loop"] == 0
        assert image.size[0] <= 480
        first = np.asarray(image.convert("RGB"))
        image.seek(FILM // 2)
        assert (np.asarray(image.convert("RGB")) != first).any()
    assert (first[-1] == 255).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", animations.names())
def test_same_artifacts_same_bytes(name, results, tmp_path):
    first, second = (draw(name, results, tmp_path / folder).read_bytes() for folder in "ab")
    assert first == second


@pytest.mark.parametrize("name", animations.names())
def test_a_geodesic_that_did_not_converge_says_so(name, results):
    module = animations.load(name)
    loaded = needs.collect(module.NEEDS, results, DATASETS, SEEDS)
    (dataset,) = loaded.artifacts
    shown = loaded.first(dataset, "shown_pair.npz")
    assert words_of(module.draw(loaded)) >= {"Euclidean line", "geodesic"}
    shown["geodesic_conformal_outcome"] = np.array("max_iterations")
    assert words_of(module.draw(loaded)) >= {"Euclidean line", "geodesic, not converged"}


def words_of(drawn):
    figure = drawn.figure
    titles = {axis.get_title() for axis in figure.axes}
    return titles | {text.get_text() for legend in figure.legends for text in legend.get_texts()}


def test_stand_ins_are_stamped_on_every_frame_and_real_data_are_not(results, tmp_path, monkeypatch):
    stamps, stamp = [], style.stamp
    monkeypatch.setattr(style, "stamp", lambda figure, words: (stamps.append(words), stamp(figure, words)))
    with Image.open(draw("anim01_pendulum", results, tmp_path)) as image:
        assert not reddish(image, 0)
    with Image.open(draw("anim03_motion", results, tmp_path)) as image:
        assert all(reddish(image, frame) for frame in (0, FILM - 1))
    assert stamps == ["data: stand-in (motion)"]


def reddish(image, frame):
    """Whether the stamp's colour is in the upper right corner."""
    image.seek(frame)
    corner = np.asarray(image.convert("RGB"))[:14, 240:].astype(int)
    return bool((np.abs(corner - [0xB0, 0, 0x20]).max(axis=-1) < 12).any())


def test_caption_and_needs():
    for name in animations.names():
        module = animations.load(name)
        assert module.CAPTION.endswith(".")
        assert "far apart" in module.CAPTION
        assert {need.seeds for need in module.NEEDS} == {"first"}


@pytest.mark.parametrize("name", animations.names())
def test_both_paths_move_through_the_latent_space_and_away_from_the_data(name, results):
    module = animations.load(name)
    loaded = needs.collect(module.NEEDS, results, DATASETS, SEEDS)
    (dataset,) = loaded.artifacts
    shown = loaded.first(dataset, "shown_pair.npz")
    drawn = module.draw(loaded)
    space, below = [
        axis for axis in drawn.figure.axes if axis.get_title() == "latent space" or axis.get_xlim() == (0, 1)
    ]
    dots = [line for axis in (space, below) for line in axis.lines if len(line.get_xdata()) == 1]
    assert len(dots) == 4
    for frame, node in ((0, 0), (FILM - 1, -1)):
        drawn.show(frame)
        seen = [line.get_xydata()[0] for line in dots]
        np.testing.assert_allclose(seen[:2], [shown["euclidean_curve"][node]] * 2, atol=1e-9)
        assert [x for x, _ in seen[2:]] == [shown["euclidean_film_t"][frame]] * 2


def test_only_the_animations_of_the_configured_data_sets():
    assert animations.available(["motion"]) == ["anim03_motion"]
    assert animations.available(["mnist"]) == []


def test_unknown_animation_lists_what_exists():
    with pytest.raises(ValueError, match=r"no animation 'anim99'; found: anim01_pendulum, "):
        animations.load("anim99")


def test_more_colours_than_a_palette_holds_become_the_nearest(tmp_path):
    wheel = np.random.default_rng(0).uniform(size=(100, 100, 3))
    figure = Figure(figsize=(1, 1))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set_axis_off()
    picture = axis.imshow(wheel)
    film.save(Film(figure, 2, lambda index: picture.set_data(wheel[::-1] if index else wheel)), tmp_path / "many.gif")
    with Image.open(tmp_path / "many.gif") as image:
        for frame, expected in enumerate((wheel, wheel[::-1])):
            image.seek(frame)
            assert np.median(np.abs(np.asarray(image.convert("RGB")) / 255 - expected)) < 0.1
