"""Models of the real scvi-tools, where it is installed (`make adapters`): metrics against its own likelihoods."""

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.adapters import scvi as adapter
from models_at_hand import points, unchanged

scvi = pytest.importorskip("scvi", reason="needs scvi-tools: make adapters")

SMOOTH = {"activation_fn": torch.nn.SiLU}
FIXED = {"library_size": 30.0, "batch": "batch_1"}


@cache
def cells() -> Any:
    data = scvi.data.synthetic_iid(batch_size=40, n_genes=8, n_proteins=1, n_regions=1)
    generator = np.random.default_rng(0)
    data.obs["donor"] = np.array(["a", "b", "c"])[generator.integers(0, 3, len(data))]
    data.obs["age"] = generator.normal(size=len(data))
    return data


def trained(kind: str = "SCVI", covariates: bool = False, size_factor: bool = False, **settings: Any) -> Any:
    scvi.settings.seed = 0
    data = cells().copy()
    asked: dict[str, Any] = {"batch_key": "batch", "labels_key": "labels"}
    if covariates:
        asked |= {"categorical_covariate_keys": ["donor"], "continuous_covariate_keys": ["age"]}
    if size_factor:
        data.obs["factor"] = data.X.sum(1) / 30
        asked |= {"size_factor_key": "factor"}
    made = getattr(scvi.model, kind)
    if kind == "SCANVI":
        asked |= {"unlabeled_category": "none"}
    made.setup_anndata(data, **asked)
    model = made(data, n_latent=2, **({} if kind == "LinearSCVI" else {"n_hidden": 8}), **settings)
    model.train(max_epochs=2, accelerator="cpu", enable_progress_bar=False, logger=False)
    return model


def by_its_own_likelihood(model: Any, z: Tensor, **given: Any) -> Tensor:
    """The sum over genes and counts of p ds ds^T, with scvi-tools' probabilities and scores by differences."""
    module = model.module.double().eval()
    # whose prior it has in float32
    module.use_observed_lib_size = True
    counts = torch.arange(2000, dtype=torch.float64)[:, None, None]

    @torch.no_grad()
    def log_probs(z: Tensor) -> Tensor:
        places = {"batch_index": torch.ones(len(z), 1, dtype=torch.long), "y": torch.zeros(len(z), 1, dtype=torch.long)}
        size = torch.full((len(z), 1), 30.0, dtype=torch.float64).log()
        more = {name: value.expand(len(z), -1) for name, value in given.items()}
        px = module.generative(z=z, library=size, size_factor=size, **places, **more)["px"]
        return px.log_prob(counts.expand(-1, len(z), px.mu.shape[1]) if hasattr(px, "mu") else counts)

    step, axes = 1e-4, torch.eye(2, dtype=torch.float64)
    mass = log_probs(z).exp()
    score = torch.stack([(log_probs(z + step * axis) - log_probs(z - step * axis)) / (2 * step) for axis in axes])
    return torch.einsum("nbg,inbg,jnbg->bij", mass, score, score)


@pytest.mark.parametrize("dispersion", ["gene", "gene-cell"])
@pytest.mark.parametrize("likelihood", ["nb", "zinb", "poisson"])
def test_the_metric_is_the_information_of_its_own_likelihood(likelihood: str, dispersion: str) -> None:
    model = trained(gene_likelihood=likelihood, dispersion=dispersion, extra_decoder_kwargs=SMOOTH)
    z = points(2, 2)
    with unchanged(model.module):
        metric = lg.FisherRaoMetric(adapter.decoder(model, **FIXED))
    torch.testing.assert_close(metric(z), by_its_own_likelihood(model, z), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["LinearSCVI", "SCANVI"])
def test_other_models_with_its_decoder(kind: str) -> None:
    model, z = trained(kind), points(2, 2)
    metric = lg.FisherRaoMetric(adapter.decoder(model, **FIXED))
    torch.testing.assert_close(metric(z), by_its_own_likelihood(model, z), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("dispersion", ["gene-batch", "gene-label"])
def test_dispersions_that_are_fixed_with_the_batch_or_label(dispersion: str) -> None:
    model, z = trained(gene_likelihood="nb", dispersion=dispersion, extra_decoder_kwargs=SMOOTH), points(2, 2)
    decoder = adapter.decoder(model, **FIXED, label=0)
    assert str(lg.FisherRaoMetric(decoder).route).endswith("negative binomial, areas")
    ones, none = torch.ones(2, 1, dtype=torch.long), torch.zeros(2, 1, dtype=torch.long)
    size = torch.full((2, 1), 30.0).log()
    own = model.module.eval().generative(z=z.float(), library=size, batch_index=ones, y=none)["px"]
    found = decoder(z)
    torch.testing.assert_close(found.mean.float(), own.mu.detach(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.total_count.float(), own.theta.detach(), rtol=1e-5, atol=0)


@pytest.mark.parametrize(
    "settings",
    [{"use_observed_lib_size": False}, {"batch_representation": "embedding"}, {"gene_likelihood": "normal"}],
    ids=["library sizes by a prior", "batches embedded", "normal"],
)
def test_settings(settings: dict) -> None:
    model, z = trained(**{"gene_likelihood": "nb"} | settings), points(2, 2)
    found = adapter.decoder(model, **FIXED)(z).mean
    size, ones = torch.full((2, 1), 30.0).log(), torch.ones(2, 1, dtype=torch.long)
    own = model.module.eval().generative(z=z.float(), library=size, batch_index=ones)["px"].mean
    torch.testing.assert_close(found.float(), own.detach(), rtol=1e-4, atol=1e-5)


def test_covariates_and_a_size_factor() -> None:
    model, z = trained(covariates=True, size_factor=True, extra_decoder_kwargs=SMOOTH), points(2, 2)
    with pytest.raises(ValueError, match="categorical must have one value for each of the model's 1 covariates"):
        adapter.decoder(model, **FIXED)
    metric = lg.FisherRaoMetric(adapter.decoder(model, **FIXED, categorical=(2,), continuous=(0.5,)))
    given = {"cat_covs": torch.tensor([[2]]), "cont_covs": torch.tensor([[0.5]], dtype=torch.float64)}
    torch.testing.assert_close(metric(z), by_its_own_likelihood(model, z, **given), rtol=1e-4, atol=1e-6)


def test_geodesics_between_its_own_encodings() -> None:
    model = trained(gene_likelihood="nb", extra_decoder_kwargs=SMOOTH)
    metric = lg.FisherRaoMetric(adapter.decoder(model, **FIXED))
    z = model.get_latent_representation().astype(np.float64)
    solution = lg.geodesic(metric, z[:2], z[2:4])
    assert solution.outcome == [lg.Outcome.CONVERGED] * 2
    assert bool((solution.length <= lg.euclidean(metric, z[:2], z[2:4]).length * (1 + 1e-9)).all())


def test_batches_are_named() -> None:
    with pytest.raises(ValueError, match="batch must be one of 'batch_0', 'batch_1', or a place from 0 to 1; got None"):
        adapter.decoder(trained(), library_size=30.0)


def test_logistic_normal_latents_are_refused() -> None:
    with pytest.raises(lg.DecoderError, match="got 'ln'"):
        adapter.decoder(trained(latent_distribution="ln"), **FIXED)


def test_a_model_that_draws_is_refused_by_the_metric() -> None:
    data = cells().copy()
    scvi.model.AUTOZI.setup_anndata(data, batch_key="batch")
    with pytest.raises(lg.DecoderError, match="draws random numbers at each call"):
        lg.FisherRaoMetric(adapter.decoder(scvi.model.AUTOZI(data), **FIXED))(points(10))


def test_other_models_are_refused() -> None:
    data = cells().copy()
    scvi.model.TOTALVI.setup_anndata(data, batch_key="batch", protein_expression_obsm_key="protein_expression")
    with pytest.raises(lg.DecoderError, match="got TOTALVAE without dispersion"):
        adapter.decoder(scvi.model.TOTALVI(data), **FIXED)
