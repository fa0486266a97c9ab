"""MNIST: equidistance lines around a point, geodesic beside Euclidean."""

import numpy as np
from matplotlib.figure import Figure

from replication.evidence.maps import separations
from replication.evidence.rounding import number
from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.classes import draw_classes
from replication.looks.panels.latent_map import map_corners, name_axes, two_map_height
from replication.looks.panels.words import estimates

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "Points at equal distance from one digit"
CAPTION = (
    "MNIST. Lines of equal distance around one test point (star), by the geodesic and by the Euclidean distance, "
    "over the encodings of the test set coloured by their class. AUC: how well the distance alone tells the star's "
    "class from the others (1 separates, 0.5 says nothing). The numbers also say how many of a point's nearest "
    "points have its class, near by the geodesic distance or near in the latent space."
)
NEEDS = [Need("mnist", artifact) for artifact in ("metric_grid.npz", "distance_field.npz", "neighbours.csv")]


def draw(needs: Needs) -> Figure:
    """Two panels over the same points."""
    grid, field = needs.first("mnist", "metric_grid.npz"), needs.first("mnist", "distance_field.npz")
    figure = style.figure(style.PAGE, two_map_height(*map_corners(field["z"]), around=0.75))
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    areas = separations({"metric_grid.npz": grid, "distance_field.npz": field})[0]
    for axis, (key, title), area in zip(axes, _TITLES.items(), areas, strict=True):
        draw_classes(axis, grid["encodings"], grid["label"])
        levels = np.linspace(0, np.nanquantile(field[key][np.isfinite(field[key])], 0.95), 12)[1:]
        axis.contour(*np.moveaxis(field["z"], -1, 0), field[key], levels=levels, colors="black", linewidths=0.6)
        axis.plot(*field["source"], "*", color="white", markeredgecolor="black", markersize=11, zorder=6)
        axis.set_title(f"{title} from a {int(field['source_label'])}\nAUC {number(area)}")
        axis.set_aspect("equal")
        name_axes(axis, left=key == "distance")
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """AUC and purity of the nearest neighbours by the geodesic distance over those by the Euclidean one, all seeds."""
    specs = {"AUC, geodesic minus Euclidean": {"name": "separation_gain"}}
    for metric in ("raw", "smoothed", "conformal"):
        specs[f"purity of the nearest neighbours, {metric}"] = {"name": "neighbour_purity", "metric": metric}
        specs[f"the same, geodesic minus Euclidean, {metric}"] = {"name": "neighbour_purity_gain", "metric": metric}
    return estimates(needs, "mnist", specs)


_TITLES = {"distance": "geodesic distance", "euclidean": "Euclidean distance"}
