"""What the tables say of a path beside its length: does it follow the data, which classes does it cross, and so on.

Each statistic takes latent points along the paths, (paths, nodes, 2), and gives one number a path; each belongs to one
claim of the paper (config/reported.yaml).
"""

from collections.abc import Callable

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

from replication import datasets
from replication.models.latent_space import LatentSpace

__all__ = ["classify", "follow", "statistics"]

NEIGHBOURS = 15


def statistics(
    space: LatentSpace,
    curves: Tensor,
    traces: Tensor,
    paced: Callable[[], Tensor],
    velocity_raw: Tensor,
    follow_radius: float,
    all_columns: bool = True,
) -> dict[str, np.ndarray]:
    """Every statistic that this data set allows, by column name.

    Args:
        curves: Latent curves at equidistant times of their own, (paths, time, 2).
        traces: The same at equidistant latent lengths, (paths, nodes, 2).
        paced: Gives the same at equidistant lengths in the metric of the paths, (paths, nodes, 2); asked where needed.
        velocity_raw: Velocity under the raw metric along them, (paths, time).
        follow_radius: Largest distance from the data's manifold at which a path still follows it, in mean radii of
            that: mean distances of its points from their mean. Data of classes lie everywhere, and have none.
        all_columns: Whether to compute more than `follow`, the cheap one.
    """
    columns: dict[str, np.ndarray] = {}
    if "label" not in space.parameter:
        columns["follow"] = follow(space.manifold, traces, follow_radius)
    if not all_columns:
        return columns
    if space.meta["loader"] == "pendulum":
        # in the curve's own time, which judges, at constant latent speed and at constant speed in the metric
        times = {"": curves, "_latent": traces, "_metric": paced()}
        columns |= {f"angular_speed_cv{which}": _angular_speed_cv(space, along) for which, along in times.items()}
    if (named := _BY_LOADER.get(space.meta["loader"])) is not None:
        column, statistic = named
        columns[column] = statistic(space, curves)
    if "label" in space.parameter:
        columns["classes_crossed"] = np.array([len(np.unique(row)) for row in classify(space, traces)])
        at_borders = _velocity_at_borders(classify(space, curves), velocity_raw.cpu().numpy())
        columns["crossing_velocity"], columns["shuffled_velocity"] = at_borders
    return columns


def classify(space: LatentSpace, curves: Tensor) -> np.ndarray:
    """Class of each latent point (paths, time): the majority among its nearest encodings of the test set."""
    from sklearn.neighbors import KNeighborsClassifier

    classifier = KNeighborsClassifier(NEIGHBOURS).fit(space.encodings.cpu().numpy(), space.parameter["label"])
    points = curves.detach().cpu().numpy()
    return classifier.predict(points.reshape(-1, points.shape[-1])).reshape(points.shape[:-1])


def follow(manifold: Tensor, curves: Tensor, radius: float) -> np.ndarray:
    """1 where a path stays within `radius` mean radii of the manifold, else 0."""
    points = manifold.cpu().numpy()
    mean_radius = np.linalg.norm(points - points.mean(axis=0), axis=1).mean()
    distance, _ = KDTree(points).query(curves.detach().cpu().numpy())
    return (distance.max(axis=1) <= radius * mean_radius).astype(int)


def _decode(space: LatentSpace, curves: Tensor, nodes: int) -> np.ndarray:
    """Observations (paths, nodes, obs) at equidistant times of the curves, between their nodes on straight segments."""
    at = torch.linspace(0, curves.shape[1] - 1, nodes).to(curves)
    left = at.long().clamp(max=curves.shape[1] - 2)
    chosen = torch.lerp(curves[:, left], curves[:, left + 1], (at - left)[:, None])
    with torch.no_grad():
        decoded = space.decoder(chosen.reshape(-1, chosen.shape[-1]))
    return decoded.reshape(*chosen.shape[:2], -1).cpu().numpy()


def _angular_speed_cv(space: LatentSpace, curves: Tensor) -> np.ndarray:
    """Spread of the angular speed over its mean; the angle is that of the nearest noise-free image."""
    ring, count = space.data["ring"], len(space.data["ring"])
    decoded = _decode(space, curves, 50)
    squared = (decoded**2).sum(-1)[..., None] - 2 * decoded @ ring.T + (ring**2).sum(-1)
    nearest = squared.argmin(-1)
    left, middle, right = (
        np.take_along_axis(squared, (nearest + shift)[..., None] % count, axis=-1)[..., 0] for shift in (-1, 0, 1)
    )
    bend = np.maximum(left - 2 * middle + right, np.finfo(float).tiny)
    angle = (nearest + np.clip((left - right) / (2 * bend), -0.5, 0.5)) * 2 * np.pi / count
    steps = np.abs((np.diff(angle, axis=1) + np.pi) % (2 * np.pi) - np.pi)
    mean = steps.mean(axis=1)
    return np.divide(steps.std(axis=1), mean, out=np.full_like(mean, np.nan), where=mean > 0)


def _circle_distance(space: LatentSpace, curves: Tensor) -> np.ndarray:
    """Mean distance (metres) of the decoded end effector to the circle that the robot draws."""
    decoded = _decode(space, curves, 100)
    view = datasets.load("robot_arm").view
    circle = KDTree(space.data["ring_effector"])
    return np.array([circle.query(view(path, space.meta)["effector"])[0].mean() for path in decoded])


def _data_distance(space: LatentSpace, curves: Tensor) -> np.ndarray:
    """Mean distance (radians, root mean square over channels) of the decoded pose to the nearest training frame."""
    frames = space.data["train"]
    frames = frames[np.linspace(0, len(frames) - 1, min(5000, len(frames))).round().astype(int)]
    distance, _ = KDTree(frames).query(_decode(space, curves, 50))
    return distance.mean(axis=1) / np.sqrt(frames.shape[1])


def _velocity_at_borders(classes: np.ndarray, velocity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Velocity where the class changes over the mean along the path; and at the times when it changes on other paths.

    The second is what borders that were shuffled between the paths give, in the mean over all of the others: borders
    lie in the middle of paths more often than at their ends, and velocities may too. NaN where no class changes.
    """
    changes = (classes[:, 1:] != classes[:, :-1]).astype(float)
    mean = velocity.mean(axis=1)
    between = (velocity[:, 1:] + velocity[:, :-1]) / 2
    relative = np.divide(between, mean[:, None], out=np.full_like(between, np.nan), where=mean[:, None] > 0)
    counts = changes.sum(axis=1)
    # each border of a path counts alike, and each path that has one
    shares = np.divide(changes, counts[:, None], out=np.zeros_like(changes), where=counts[:, None] > 0)
    others = shares.sum(axis=0) - shares
    with_borders = (counts > 0).sum() - (counts > 0)
    own = (relative * shares).sum(axis=1)
    shuffled = np.divide(
        (relative * others).sum(axis=1), with_borders, out=np.full(len(mean), np.nan), where=with_borders > 0
    )
    return np.where(counts > 0, own, np.nan), np.where(counts > 0, shuffled, np.nan)


_BY_LOADER: dict[str, tuple[str, Callable[[LatentSpace, Tensor], np.ndarray]]] = {
    "robot_arm": ("circle_distance", _circle_distance),
    "motion": ("data_distance", _data_distance),
}
