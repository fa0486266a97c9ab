"""A figure that moves, and its GIF, whose bytes depend on the data alone."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from scipy.spatial import KDTree

from replication.files.artifacts import write_bytes

__all__ = ["Film", "save"]

DPI = 100
LEVELS = 32  # of red, of green and of blue
COLOURS = 255  # and one for what does not change
DURATION = 70  # milliseconds a frame, 14 frames a second; GIF counts in tens
REST = 1000  # the last frame's


@dataclass(frozen=True)
class Film:
    """A figure whose content changes.

    Attributes:
        figure: What is drawn on.
        frames: How many there are.
        show: Puts the content of a frame, counted from 0, on the figure.
    """

    figure: Figure
    frames: int
    show: Callable[[int], None]


def save(film: Film, gif: Path) -> None:
    """Write the film, which begins again at its end; whole or not at all, the same film in the same bytes."""
    palette, indices = _few_colours(np.stack([_codes(shot) for shot in _rendered(film)]))
    first, *others = [Image.fromarray(frame) for frame in indices]
    for frame in (first, *others):
        frame.putpalette(palette.ravel().tolist())
    durations = [*[DURATION] * len(others), REST]
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=True)
    write_bytes(gif, buffer.getvalue())


def _few_colours(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One palette for all frames, (colours, 3), and the frames as its indices.

    Pillow can do this a frame at a time, each in another palette, or in one where white does not stay white.
    """
    colours, counts = np.unique(codes, return_counts=True)
    chosen = np.sort(colours[np.argsort(-counts, kind="stable")[:COLOURS]])
    nearest = np.zeros(LEVELS**3, dtype=np.uint8)
    nearest[colours] = KDTree(_levels(chosen)).query(_levels(colours))[1]
    return np.rint(_levels(chosen) * (255 / (LEVELS - 1))).astype(np.uint8), nearest[codes]


def _codes(pixels: np.ndarray) -> np.ndarray:
    """A number for each pixel's colour, rounded to the levels."""
    rounded = np.rint(np.arange(256) * ((LEVELS - 1) / 255)).astype(np.int32)
    red, green, blue = np.moveaxis(rounded[pixels], -1, 0)
    return (red * LEVELS + green) * LEVELS + blue


def _levels(codes: np.ndarray) -> np.ndarray:
    """The colours behind the numbers, (n, 3)."""
    return np.stack([codes // LEVELS**2, codes // LEVELS % LEVELS, codes % LEVELS], axis=-1)


def _rendered(film: Film) -> Iterator[np.ndarray]:
    """Every frame's pixels, (height, width, 3)."""
    figure, canvas = film.figure, FigureCanvasAgg(film.figure)
    figure.set_dpi(DPI)
    for _ in range(2):  # one pass of the layout alone clips beside axes of fixed aspect
        figure.draw_without_rendering()
    figure.set_layout_engine("none")  # else the panels could move from frame to frame
    for index in range(film.frames):
        film.show(index)
        canvas.draw()
        yield np.array(canvas.buffer_rgba())[..., :3]
