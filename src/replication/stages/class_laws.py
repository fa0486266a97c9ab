"""Class laws: whether a locally adaptive normal knows where the points of a class are better than a plain one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import latentgeo as lg
from replication import metrics
from replication.files import artifacts
from replication.models.latent_space import open_latent_space
from replication.stages import Job
from replication.workflow import seeds

__all__ = ["run"]

PER = "model"
LATENT_SPACE = True
MAKES = {"class_laws": "class_laws.csv"}
ASKED_BY = "class_laws"


def run(job: Job) -> dict[str, Any]:
    """Outputs: class_laws (class_laws.csv).

    To so many encodings of test data of each class a law is fitted, and as many others are asked. Rows metric (`latent`
    is the plain normal of the largest likelihood), measure and value: `log_density`, nats, of each asked point under
    the law of its own class, with respect to latent area; `law_accuracy`, 1 or 0 as the law under which it is likeliest
    is that of its class or not; `laws`, 1 or 0 for each law as it converged, `uncertified` included, or not. Asked
    points are the same for every metric, in the same order.
    """
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, int(job.seed or 0))
    settings = job.settings["class_laws"]
    generator = seeds.derive(int(job.seed or 0), str(job.dataset), "class_laws")
    fitted, asked = _halves(space.encodings.cpu(), space.parameter["label"], int(settings["points"]), generator)
    known = torch.cat([torch.full((len(points),), place) for place, points in enumerate(asked)])
    frames = []
    for name in ("latent", *settings["metrics"]):
        metric = None if name == "latent" else metrics.build(space, name)
        log_density, settled = [], []
        for place, points in enumerate(fitted):
            job.progress(place, len(fitted), f"{name} metric")
            if metric is None:
                log_density.append(_normal(points)(torch.cat(asked)))
                settled.append(True)
            else:
                law = lg.locally_adaptive_normal(metric, points, grid=space.cache_of(metric), size=settings["size"])
                log_density.append(law.log_density(torch.cat(asked), latent=True))
                settled.append(law.outcome is not lg.Outcome.MAX_ITERATIONS)
        under = torch.stack(log_density)
        measured = {
            "log_density": under[known, torch.arange(len(known))].numpy(),
            "law_accuracy": (under.argmax(0) == known).double().numpy(),
            "laws": np.array(settled, float),
        }
        frames += [pd.DataFrame({"metric": name, "measure": key, "value": value}) for key, value in measured.items()]
    artifacts.write_csv(job.outputs["class_laws"], pd.concat(frames, ignore_index=True))
    return {"data_source": space.meta["data_source"]}


def _halves(z: Tensor, label: np.ndarray, points: int, generator: torch.Generator) -> tuple[list[Tensor], list[Tensor]]:
    """Of each class, as many points to fit as to ask: `points`, or half of those that there are."""
    order = torch.randperm(len(z), generator=generator)
    fitted, asked = [], []
    for kind in np.unique(label):
        mine = order[torch.as_tensor(label)[order] == int(kind)]
        half = min(points, len(mine) // 2)
        fitted.append(z[mine[:half]])
        asked.append(z[mine[half : 2 * half]])
    return fitted, asked


def _normal(points: Tensor) -> Callable[[Tensor], Tensor]:
    mean = points.mean(0)
    centred = points - mean
    return torch.distributions.MultivariateNormal(mean, centred.T @ centred / len(points)).log_prob
