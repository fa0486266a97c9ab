"""How a decoded value is shown: as an image, a curve, a stick figure or an arm."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

__all__ = ["Frames", "frames_for"]

KINDS = ("image", "curve", "skeleton", "arm")


@dataclass(frozen=True)
class Frames:
    """How a page shows what is decoded.

    Attributes:
        kind: "image"; "curve": numbers one after the other; "skeleton": points joined by edges; "arm": a chain of
            points from the base to the tip, whose way is drawn.
        shape: Of a decoded value; of an image (height, width), (1, height, width) or (3, height, width), of the others
            (points, 2) or (points, 3). By default that of the decoder's output; an image of one row is square.
        edges: Of a skeleton: pairs of point numbers. By default each point is joined to the next.
        ring: Points (n, 3) of a closed curve to draw beside an arm, e.g. what its tip ought to follow.
        up: Which axis points up in space: "x", "y" or "z".
    """

    kind: str
    shape: tuple[int, ...] | None = None
    edges: Sequence[tuple[int, int]] | None = None
    ring: np.ndarray | Sequence[Sequence[float]] | None = None
    up: str = "z"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no frames of kind {self.kind!r}; found: {', '.join(KINDS)}")
        if self.up not in ("x", "y", "z"):
            raise ValueError(f"up must be x, y or z; got {self.up!r}")


def frames_for(asked: Frames | str | None, output: tuple[int, ...]) -> Frames:
    """The frames that are asked for, with the shape of what is decoded; guessed from that shape where none are.

    Args:
        asked: Frames, their kind, or None: an output (height, width), (1, height, width) or (3, height, width) is an
            image, points (n, 2) or (n, 3) are a skeleton, all else is a curve.
        output: Shape of one decoded value.

    Raises:
        ValueError: There is no such kind, or what is decoded has not its shape.
    """
    if asked is None:
        asked = _guessed(output)
    frames = Frames(asked) if isinstance(asked, str) else asked
    count = int(np.prod(output))
    shape = frames.shape or (_square(count) if frames.kind == "image" and len(output) == 1 else output)
    if int(np.prod(shape)) != count:
        raise ValueError(
            f"frames of shape {tuple(shape)} hold {int(np.prod(shape))} numbers; the decoder gives {count}"
        )
    if frames.kind == "curve":
        return replace(frames, shape=(count,))
    if frames.kind == "image":
        return replace(frames, shape=_of_image(tuple(shape)))
    if len(shape) != 2 or shape[1] not in (2, 3):
        raise ValueError(
            f"frames of kind {frames.kind!r} need points (n, 2) or (n, 3); the decoder gives {tuple(shape)}: give "
            "shape=, or as decoder= a function that maps latent points to such points"
        )
    edges = frames.edges if frames.edges is not None else [(k, k + 1) for k in range(shape[0] - 1)]
    if any(not 0 <= end < shape[0] for edge in edges for end in edge):
        raise ValueError(f"edges must be numbers of points, from 0 to {shape[0] - 1}; got {list(edges)}"[:200])
    return replace(frames, shape=tuple(shape), edges=edges)


def _guessed(output: tuple[int, ...]) -> str:
    if len(output) == 3 and output[0] in (1, 3):
        return "image"
    if len(output) == 2:
        return "skeleton" if output[1] in (2, 3) else "image"
    return "curve"


def _square(count: int) -> tuple[int, ...]:
    side = round(count**0.5)
    if side * side != count:
        raise ValueError(f"{count} numbers are no square image; give its shape: Frames('image', shape=(height, width))")
    return side, side


def _of_image(shape: tuple[int, ...]) -> tuple[int, ...]:
    """(channels, height, width)."""
    found = (1, *shape) if len(shape) == 2 else shape
    if len(found) != 3 or found[0] not in (1, 3):
        raise ValueError(f"an image is (height, width), (1, height, width) or (3, height, width); got {tuple(shape)}")
    return found
