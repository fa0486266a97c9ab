"""What the paper reports, as a grey band across a panel that says so where it stands."""

from typing import Any, Literal

from matplotlib.axes import Axes

from replication.looks import style

__all__ = ["paper_band"]


def paper_band(
    axis: Axes,
    value: float,
    at: Literal["x", "y"] = "y",
    words: str = "paper",
    place: float = 0.99,
    align: Literal["left", "center", "right"] = "right",
    below: bool = False,
    **look: Any,
) -> None:
    """A band at the value, and its number above or below it, or beside it where it stands upright.

    Args:
        axis: Where to draw.
        value: What the paper reports.
        at: The axis that it is a value of.
        words: What stands before the number.
        place: Where along the band the words stand, a share of its length.
        align: Which end of the words is there; of an upright band, on which side of it they are not.
        below: Whether the words stand below a level band.
        look: What differs from `style.PAPER`; the words have the band's colour where it is a path's.
    """
    shift = {"left": 4, "center": 0, "right": -4}[align]
    text: dict[str, Any] = {
        "fontsize": style.NOTE_SIZE,
        "color": look.get("color", "0.3"),
        "path_effects": style.HALO,
        "zorder": 6,
    }
    if at == "y":
        axis.axhline(value, **{**style.PAPER, **look})
        text |= {"xy": (place, value), "xycoords": axis.get_yaxis_transform(), "xytext": (0, -3.5 if below else 3.5)}
        text |= {"va": "top" if below else "bottom"}
    else:
        axis.axvline(value, **{**style.PAPER, **look})
        text |= {"xy": (value, place), "xycoords": axis.get_xaxis_transform(), "xytext": (shift, 0), "va": "top"}
    axis.annotate(f"{words} {value:.3g}", ha=align, textcoords="offset points", annotation_clip=False, **text)
