"""Radii: how steep the decoder is along and across the ring, from its centre to beyond it, and how wide q is there."""

from typing import Any

import numpy as np
import torch

from replication.files import artifacts
from replication.models.latent_space import LatentSpace, open_latent_space
from replication.stages import Job

__all__ = ["run"]

PER = "model"
LATENT_SPACE = True
MAKES = {"radii": "radii.npz"}
ASKED_BY = "radii"

ANGLES = 100


def run(job: Job) -> dict[str, Any]:
    """Outputs: radii (radii.npz).

    Arrays: `radius` (n,), in units of the ring's own at each angle; `along`, `across` (n, angles), the length of the
    decoder's derivative on the unit vector around the ring's centre and on that away from it; `singular` (n, angles,
    2), its singular values; `ring` (angles, 2) and `centre` (2,), in latent units; `q_along`, `q_across` (angles,),
    standard deviations of q(z | noise-free observation) in these two directions, latent units; `bounds` (2, 2), of the
    box in which curves are sought, ((x low, x high), (y low, y high)).

    Raises:
        ValueError: The data have no ring.
    """
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, int(job.seed or 0))
    radius = torch.linspace(0.0, float(job.settings["radii"]), 41).to(space.encodings)
    if "ring" not in space.data:
        raise ValueError(f"{space.meta['loader']} has no ring of noise-free observations; leave geometry.radii null")
    rows = np.linspace(0, len(space.data["ring"]), ANGLES, endpoint=False).astype(int)
    ring, log_std = _encoded(space, rows)
    centre = ring.mean(0)
    outward = torch.nn.functional.normalize(ring - centre, dim=1)
    around = torch.stack([-outward[:, 1], outward[:, 0]], dim=1)
    z = centre + radius[:, None, None] * (ring - centre)
    with torch.no_grad():
        G = space.raw(z.flatten(0, 1)).view(len(radius), ANGLES, 2, 2)

    def length(direction: torch.Tensor) -> np.ndarray:
        return torch.einsum("ai,raij,aj->ra", direction, G, direction).clamp(min=0).sqrt().cpu().numpy()

    def width(direction: torch.Tensor) -> np.ndarray:
        return torch.linalg.vector_norm(log_std.exp() * direction, dim=1).cpu().numpy()

    artifacts.write_npz(
        job.outputs["radii"],
        radius=radius.cpu().numpy(),
        along=length(around),
        across=length(outward),
        singular=torch.linalg.eigvalsh(G).clamp(min=0).sqrt().flip(-1).cpu().numpy(),
        ring=ring.cpu().numpy(),
        centre=centre.cpu().numpy(),
        q_along=width(around),
        q_across=width(outward),
        bounds=np.array(space.bounds),
    )
    return {"data_source": space.meta["data_source"]}


@torch.no_grad()
def _encoded(space: LatentSpace, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and log standard deviation of q at noise-free observations, (rows, 2) each."""
    return space.model.encode(torch.as_tensor(space.data["ring"][rows]).to(space.encodings))
