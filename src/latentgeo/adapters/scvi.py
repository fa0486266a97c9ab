"""Models of scvi-tools (Lopez et al. 2018), which decode cells by `model.module.generative`.

A cell's counts depend on its latent point, and on what is no part of it: how many counts it has, its batch, covariates.
These are fixed here, so that the metric is of what the latent point alone changes.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, NegativeBinomial, Normal, Poisson

from latentgeo.adapters.model import Adapted, check_has, copied
from latentgeo.errors import DecoderError
from latentgeo.geometry.likelihoods.zero_inflated import ZeroInflatedNegativeBinomial

__all__ = ["decoder"]

_INSTEAD = (
    "of TOTALVI, MULTIVI and others give a function of your own from latent points to a torch distribution: "
    "FisherRaoMetric(function)"
)


def decoder(
    model: Any,
    *,
    library_size: float,
    batch: int | str | None = None,
    categorical: Sequence[int] = (),
    continuous: Sequence[float] = (),
    label: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> nn.Module:
    """The decoder of an SCVI model: latent points (batch, n_latent) to distributions of the counts of all genes.

    For `FisherRaoMetric(decoder)`: negative binomial, zero-inflated or not, Poisson or normal, as the model was set up.
    Latent points are `model.get_latent_representation()`. It is a copy in evaluation mode: the model stays as it is.

    Args:
        model: `SCVI`, `LinearSCVI` or `SCANVI`, trained; its module will do too.
        library_size: How many counts a cell has, e.g. the median over cells; where the model was set up with a
            `size_factor_key`, the size factor.
        batch: Which batch cells are decoded as: its name, or its place. Needed where there is more than one.
        categorical: The place of each categorical covariate's value, in the order of `categorical_covariate_keys`.
        continuous: The value of each continuous covariate, in the order of `continuous_covariate_keys`.
        label: The place of the label, needed for `dispersion="gene-label"` only.
        dtype: Of the copy; float64 is what geometry is meant for.

    Warning:
        scvi-tools' decoder has a ReLU, at whose kinks geodesics bend. To have a smooth one, train
        SCVI(..., extra_decoder_kwargs={"activation_fn": torch.nn.SiLU}).

    Raises:
        DecoderError: The model is of another kind; its latent points are shares of one (`latent_distribution="ln"`).
        ValueError: A library size that is not positive, or a batch, covariate or label that is missing or unknown.
    """
    module = getattr(model, "module", model)
    check_has(module, "an SCVI model", ("generative", "dispersion", "n_latent", "gene_likelihood"), _INSTEAD)
    if getattr(module, "latent_distribution", "normal") != "normal":
        raise DecoderError(
            f"model must have latent_distribution='normal'; got {module.latent_distribution!r}, whose points are "
            "shares that add up to 1, which coordinates would leave; train it with the default"
        )
    if not (math.isfinite(library_size) and library_size > 0):
        raise ValueError(f"library_size must be a positive number of counts; got {library_size}")
    number = max(1, getattr(module, "n_batch", 1))
    place = _batch(batch, number, _names(model))
    for given, name in ((categorical, "categorical"), (continuous, "continuous")):
        count = dict(getattr(model, "summary_stats", {})).get(f"n_extra_{name}_covs", len(given))
        if len(given) != count:
            raise ValueError(f"{name} must have one value for each of the model's {count} covariates; got {given!r}")
    copy = copied(module, dtype)
    _fix_dispersion(copy, place, label)
    return _Decoder(copy, library_size, place, categorical, continuous, type(model).__name__)


class _Decoder(Adapted):
    def __init__(
        self,
        module: Any,
        library_size: float,
        batch: int,
        categorical: Sequence[int],
        continuous: Sequence[float],
        name: str,
    ) -> None:
        super().__init__(f"scvi-tools' {name}", int(module.n_latent), "the model's n_latent")
        self.module = module
        # by which a metric knows where to probe
        self.in_features = self.latent
        self._log_size, self._batch = math.log(library_size), batch
        self._categorical, self._continuous = tuple(categorical), tuple(continuous)

    def forward(self, z: Tensor) -> Distribution:
        self.check(z)
        size = z.new_full((len(z), 1), self._log_size)
        places = torch.tensor([self._batch, *self._categorical], device=z.device).expand(len(z), -1)
        found = self.module.generative(
            z=z,
            library=size,
            size_factor=size,
            batch_index=places[:, :1],
            cat_covs=places[:, 1:] if self._categorical else None,
            cont_covs=z.new_tensor(self._continuous).expand(len(z), -1) if self._continuous else None,
            y=torch.zeros_like(places[:, :1]),
        )
        return _of_torch(found["px"])


def _of_torch(px: Any) -> Distribution:
    """One whose Fisher information is known, of what scvi-tools returns."""
    if isinstance(px, Normal):
        return Normal(px.loc, px.scale, validate_args=False)
    if isinstance(px, Poisson):
        return Poisson(px.rate, validate_args=False)
    if not (hasattr(px, "mu") and hasattr(px, "theta")):
        raise DecoderError(
            f"model must decode to counts or a normal distribution; got {type(px).__name__}; give a function of your "
            "own from latent points to a torch distribution: FisherRaoMetric(function)"
        )
    logits = px.mu.log() - px.theta.log()
    if hasattr(px, "zi_logits"):
        return ZeroInflatedNegativeBinomial(px.theta, logits, px.zi_logits, validate_args=False)
    return NegativeBinomial(px.theta, logits=logits, validate_args=False)


def _fix_dispersion(module: Any, batch: int, label: int | None) -> None:
    """Of a copy: one dispersion a gene where it depends on batch or label, which are fixed.

    scvi-tools looks it up by a product in float32, and has a prior of library sizes looked up likewise.
    """
    if module.dispersion in ("gene-batch", "gene-label"):
        place = batch
        if module.dispersion == "gene-label":
            if label is None or not 0 <= label < module.n_labels:
                raise ValueError(
                    f"label must be given, from 0 to {module.n_labels - 1}, for dispersion='gene-label'; got {label}"
                )
            place = label
        module.px_r = nn.Parameter(module.px_r[:, place].clone(), requires_grad=False)
        module.dispersion = "gene"
    module.use_observed_lib_size = True


def _batch(batch: int | str | None, number: int, names: list[str]) -> int:
    if batch is None and number == 1:
        return 0
    if isinstance(batch, str) and batch in names:
        return names.index(batch)
    if isinstance(batch, int) and 0 <= batch < number:
        return batch
    among = f"one of {', '.join(map(repr, names))}, or " if names else ""
    raise ValueError(f"batch must be {among}a place from 0 to {number - 1}; got {batch!r}")


def _names(model: Any) -> list[str]:
    """Of batches, as the model's data were set up; none where it has lost its data."""
    manager = getattr(model, "adata_manager", None)
    state = {} if manager is None else manager.get_state_registry("batch")
    return [str(name) for name in state.get("categorical_mapping", ())]
