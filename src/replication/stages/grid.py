"""Grid: the metric and the magnification factor over the latent space, with the encoded data."""

from typing import Any

import torch

import latentgeo as lg
from replication import metrics
from replication.files import artifacts
from replication.models.latent_space import open_latent_space
from replication.stages import Job

__all__ = ["run"]

PER = "model"
LATENT_SPACE = True
MAKES = {"grid": "metric_grid.npz"}


def run(job: Job) -> dict[str, Any]:
    """Outputs: grid (metric_grid.npz: z[i, j] = (x_j, y_i), G, MF, MF_<metric>, encodings ...)."""
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, int(job.seed or 0))
    size = int(job.settings["grid"]["map"])
    axes = [torch.linspace(low, high, size).to(space.encodings) for low, high in space.bounds]
    y, x = torch.meshgrid(axes[1], axes[0], indexing="ij")
    z = torch.stack([x, y], dim=-1)
    flat = z.reshape(-1, 2)
    with torch.no_grad():
        G = space.raw(flat)
        magnification = lg.magnification_factor(G).reshape(size, size)
        others = {
            f"MF_{name}": lg.magnification_factor(metrics.build(space, name)(flat)).reshape(size, size).cpu().numpy()
            for name in metrics.MEASURED
            if name != "raw"
        }
    extra = {
        name: space.data[f"{name}_test"][space.rows] for name in ("trial", "frame") if f"{name}_test" in space.data
    }
    if space.ring is not None and space.ring_angle is not None:
        extra |= {"ring": space.ring.cpu().numpy(), "ring_angle": space.ring_angle.cpu().numpy()}
    artifacts.write_npz(
        job.outputs["grid"],
        z=z.cpu().numpy(),
        G=G.reshape(size, size, 2, 2).cpu().numpy(),
        MF=magnification.cpu().numpy(),
        lambda_s=torch.tensor(space.lambda_s).numpy(),
        lambda_scale=torch.tensor(space.lambda_scale).numpy(),
        encodings=space.encodings.cpu().numpy(),
        **others,
        **space.parameter,
        **extra,
    )
    return {"data_source": space.meta["data_source"]}
