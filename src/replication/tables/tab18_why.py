"""Why: how steep a decoder that fits and one that does not are, how wide q is, and what bounds curves."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from replication.evidence import domains, far_geodesics
from replication.files.needs import Need, Needs
from replication.measuring.ring_side import extent, side_of_ring

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

MODELS = domains.MODELS
RADII = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
TITLE = "Why: steepness over the radius, q's width, and what bounds curves"
CAPTION = (
    "A pendulum that does not fit its data (Glorot weights, K = 5) and the selected one, all seeds of the study: the "
    "decoder's singular values, and the length of its derivative along and across the ring, over the radius (1 is the "
    "ring; of 100 angles a seed); q's standard deviation on the ring; how far the box in which curves are sought and "
    "the discs that hold 95 and 99 % of the prior reach; the smallest and largest radius of far pairs' smoothed "
    "geodesics, and the shares of these that follow the ring, that leave it inwards and outwards (where they are "
    "farthest from it), and that lean on the box. Medians with the middle half; shares have none. Radii are over the "
    "ring's own in the same direction, but for discs and box, which are over its mean."
)
NEEDS = [Need(model, artifact) for model in dict.fromkeys(MODELS.values()) for artifact in far_geodesics.ARTIFACTS]


def build(needs: Needs) -> pd.DataFrame:
    """One row a model and quantity, and where it is measured."""
    rows = []
    for name, model in MODELS.items():
        for quantity, at, values in _measured(needs, model):
            low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
            rows.append({"pendulum": name, "quantity": quantity, "at": at, "value": middle, "25 %": low, "75 %": high})
        for path, words in domains.SOLVERS.items():
            for quantity, share in _shares(needs, model, path).items():
                rows.append(
                    {"pendulum": name, "quantity": f"far geodesics that {quantity}", "at": words, "value": share}
                )
    return pd.DataFrame(rows)


def _shares(needs: Needs, model: str, path: str) -> dict[str, float]:
    """Which way a solver's far geodesics go, and what holds them."""
    follows, outside, leans = [], [], []
    for artifacts in needs.artifacts[model].values():
        rows = far_geodesics.rows(artifacts, path)
        follows.append(rows["follow"].to_numpy(float) == 1)
        leans.append(rows["outcome"].to_numpy() == "bounded")
        outside.append(side_of_ring(artifacts["radii.npz"]["ring"], far_geodesics.traces(artifacts, path)) == "outside")
    stay, out, lean = np.concatenate(follows), np.concatenate(outside), np.concatenate(leans)
    ways = {"follow the ring": stay, "leave it inwards": ~stay & ~out, "leave it outwards": ~stay & out}
    return {words: float(chosen.mean()) for words, chosen in {**ways, "lean on the box": lean}.items()}


def _measured(needs: Needs, model: str) -> Iterator[tuple[str, str, np.ndarray]]:
    """Quantity, where, and its values over angles or pairs, of all seeds."""
    radii = needs.all(model, "radii.npz")
    for at in RADII:
        row = {seed: int(np.abs(one["radius"] - at).argmin()) for seed, one in radii.items()}
        profiles = {
            "larger singular value": [one["singular"][row[seed], :, 0] for seed, one in radii.items()],
            "smaller singular value": [one["singular"][row[seed], :, 1] for seed, one in radii.items()],
            "derivative along the ring": [one["along"][row[seed]] for seed, one in radii.items()],
            "derivative across the ring": [one["across"][row[seed]] for seed, one in radii.items()],
        }
        for quantity, values in profiles.items():
            yield quantity, f"{at:g} radii", np.concatenate(values)
    for key, words in (("q_along", "along"), ("q_across", "across")):
        width = np.concatenate([one[key] for one in radii.values()])
        yield "q's standard deviation, latent units", f"{words} the ring", width
    ring = {seed: np.linalg.norm(one["ring"] - one["centre"], axis=1).mean() for seed, one in radii.items()}
    yield "the ring's mean radius, latent units", "", np.array(list(ring.values()))
    reach = {seed: np.abs(one["bounds"] - one["centre"][:, None]) for seed, one in radii.items()}
    yield "reach over the ring's", "nearest side of the box", np.array([reach[s].min() / ring[s] for s in ring])
    corner = np.array([np.linalg.norm(reach[seed].max(axis=1)) / ring[seed] for seed in ring])
    yield "reach over the ring's", "farthest corner of the box", corner
    for mass in far_geodesics.PRIOR_MASS:
        disc = far_geodesics.prior_radius(mass)
        words = f"disc with {100 * mass:g} % of the prior"
        yield "reach over the ring's", words, np.array([disc / one for one in ring.values()])
        yield f"nearest side of the box over {words}", "", np.array([reach[seed].min() / disc for seed in ring])
    for path, words in domains.SOLVERS.items():
        of_seeds = [(radii[seed]["ring"], far_geodesics.traces(needs.artifacts[model][seed], path)) for seed in radii]
        least, largest = zip(*(extent(*one) for one in of_seeds), strict=True)
        yield "smallest radius of far geodesics", words, np.concatenate(least)
        yield "largest radius of far geodesics", words, np.concatenate(largest)
