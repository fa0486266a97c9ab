"""Stand-ins with the interface of other packages' models, and what their decoders' metrics are held against.

The packages themselves are tested where they are installed: `make adapters`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

# central differences of order 8
_WEIGHTS = (4 / 5, -1 / 5, 4 / 105, -1 / 280)


@torch.no_grad()
def pulled_back(values: Callable[[Tensor], Tensor], z: Tensor, step: float = 1e-3) -> Tensor:
    """J^T J by differences of the values alone."""
    axes = torch.eye(z.shape[1], dtype=z.dtype)

    def slope(v: Tensor) -> Tensor:
        sides = (w * (values(z + k * step * v) - values(z - k * step * v)) for k, w in enumerate(_WEIGHTS, 1))
        return (sum(sides, torch.zeros(())) / step).flatten(1)

    J = torch.stack([slope(axis) for axis in axes])
    return torch.einsum("ibo,jbo->bij", J, J)


def points(latent: int, count: int = 3) -> Tensor:
    return torch.randn(count, latent, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@contextmanager
def unchanged(model: nn.Module) -> Iterator[None]:
    """A model's weights, their dtype and gradients, and each part's mode are the same before and after."""
    weights, modes = deepcopy(model.state_dict()), [part.training for part in model.modules()]
    wanted = [weight.requires_grad for weight in model.parameters()]
    yield
    assert [part.training for part in model.modules()] == modes
    assert [weight.requires_grad for weight in model.parameters()] == wanted
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(weight, weights[name], rtol=0, atol=0)


def seeded(make: Callable[[], Any]) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return make()


class _PythaeEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.BatchNorm1d(8), nn.Tanh())
        self.embedding, self.log_var = nn.Linear(8, 2), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        hidden = self.layers(x)
        return {"embedding": self.embedding(hidden), "log_covariance": self.log_var(hidden)}


class _PythaeDecoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 16), nn.Sigmoid()
        )

    def forward(self, z: Tensor) -> dict[str, Tensor]:
        return {"reconstruction": self.layers(z).reshape(-1, 1, 4, 4)}


class PythaeVAE(nn.Module):
    """In train mode, as one that was just loaded is."""

    def __init__(self) -> None:
        super().__init__()
        self.latent_dim = 2
        self.encoder, self.decoder = _PythaeEncoder(), _PythaeDecoder()


class DiffusersKL(nn.Module):
    """Latents of 2 x 2 x 2 to images of 1 x 4 x 4, and back."""

    def __init__(self, **config: Any) -> None:
        super().__init__()
        self.config = SimpleNamespace(latent_channels=2, **config)
        self.use_tiling = self.use_slicing = True
        self.up = nn.Sequential(
            nn.ConvTranspose2d(2, 8, 4, stride=2, padding=1),
            nn.GroupNorm(2, 8),
            nn.SiLU(),
            nn.Conv2d(8, 1, 3, padding=1),
        )
        self.down = nn.Conv2d(1, 4, 4, stride=2, padding=1)

    def decode(self, z: Tensor) -> SimpleNamespace:
        if self.use_tiling:
            # as diffusers blends tiles: into single precision
            return SimpleNamespace(sample=torch.zeros(len(z), 1, 4, 4).copy_(self.up(z)))
        return SimpleNamespace(sample=self.up(z))

    def encode(self, x: Tensor) -> SimpleNamespace:
        mean, _ = self.down(x).chunk(2, 1)
        return SimpleNamespace(latent_dist=SimpleNamespace(mean=mean))


class DiffusersVQ(DiffusersKL):
    def __init__(self) -> None:
        super().__init__()
        self.quantize = nn.Embedding(8, 2)


class _Counts(Distribution):
    """What scvi-tools returns: a distribution whose divergence torch does not know."""

    arg_constraints = {}  # noqa: RUF012

    def __init__(self, mu: Tensor, theta: Tensor) -> None:
        self.mu, self.theta = torch.broadcast_tensors(mu, theta)
        super().__init__(mu.shape, validate_args=False)


class _ZeroInflated(_Counts):
    def __init__(self, mu: Tensor, theta: Tensor, zi_logits: Tensor) -> None:
        super().__init__(mu, theta)
        self.zi_logits = zi_logits


class ScviModule(nn.Module):
    """Six genes, two batches, one categorical covariate of three values, one continuous."""

    def __init__(self, gene_likelihood: str = "nb", dispersion: str = "gene") -> None:
        super().__init__()
        self.n_latent, self.n_batch, self.n_labels = 3, 2, 4
        self.gene_likelihood, self.dispersion = gene_likelihood, dispersion
        self.latent_distribution, self.use_observed_lib_size = "normal", False
        self.use_size_factor_key = False
        self.trunk = nn.Sequential(nn.Linear(3 + 1 + 2 + 3, 8), nn.BatchNorm1d(8), nn.SiLU())
        self.scale, self.zero, self.each = nn.Linear(8, 6), nn.Linear(8, 6), nn.Linear(8, 6)
        shape = {"gene": (6,), "gene-batch": (6, 2), "gene-label": (6, 4)}.get(dispersion)
        self.px_r = None if shape is None else nn.Parameter(torch.randn(shape))

    def generative(
        self,
        z: Tensor,
        library: Tensor,
        batch_index: Tensor,
        cont_covs: Tensor | None = None,
        cat_covs: Tensor | None = None,
        size_factor: Tensor | None = None,
        y: Tensor | None = None,
    ) -> dict[str, Any]:
        if cont_covs is None or cat_covs is None:
            raise ValueError("covariates missing")
        one_hot = nn.functional.one_hot
        hidden = self.trunk(
            torch.cat([z, cont_covs, one_hot(batch_index.squeeze(1), 2), one_hot(cat_covs[:, 0], 3)], -1)
        )
        size = size_factor if self.use_size_factor_key else library
        rate = size.exp() * self.scale(hidden).softmax(-1)
        if self.dispersion == "gene-batch":
            log_r = nn.functional.linear(one_hot(batch_index.squeeze(1), 2).float(), self.px_r)
        elif self.dispersion == "gene-label":
            log_r = nn.functional.linear(one_hot(y.squeeze(1), 4).float(), self.px_r)
        else:
            log_r = self.each(hidden) if self.px_r is None else self.px_r
        if not self.use_observed_lib_size:
            nn.functional.linear(one_hot(batch_index.squeeze(1), 2).float(), self.px_r.new_zeros(1, 2))
        made = {
            "nb": lambda: _Counts(rate, log_r.exp()),
            "zinb": lambda: _ZeroInflated(rate, log_r.exp(), self.zero(hidden)),
            "poisson": lambda: torch.distributions.Poisson(rate),
            "normal": lambda: torch.distributions.Normal(rate, log_r.exp()),
            "other": lambda: torch.distributions.Exponential(rate),
        }
        return {"px": made[self.gene_likelihood]()}


class ScviModel:
    """No module itself, but with one."""

    def __init__(self, **settings: str) -> None:
        self.module = ScviModule(**settings)
        self.summary_stats = {"n_extra_categorical_covs": 1, "n_extra_continuous_covs": 1}
        names = {"batch": {"categorical_mapping": ["first", "second"]}}
        self.adata_manager = SimpleNamespace(get_state_registry=names.__getitem__)
