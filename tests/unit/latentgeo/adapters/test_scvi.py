"""scvi-tools' interface, by a stand-in: what is fixed beside the latent point, each likelihood, and what is refused."""

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor
from torch.distributions import NegativeBinomial, Normal, Poisson

import latentgeo as lg
from latentgeo.adapters import scvi
from models_at_hand import ScviModel, points, pulled_back, seeded, unchanged

FIXED = {"library_size": 40.0, "batch": 1, "categorical": (2,), "continuous": (0.7,)}
ROUTES = {
    "nb": "negative binomial, areas",
    "zinb": "zero-inflated negative binomial",
    "poisson": "Poisson, roots",
    "normal": "normal, mean over scale",
}


def model_of(gene_likelihood: str = "nb", dispersion: str = "gene") -> ScviModel:
    return seeded(lambda: ScviModel(gene_likelihood=gene_likelihood, dispersion=dispersion))


class Parts:
    """Rates, dispersions and logits of zeros as the stand-in's layers give them in float64."""

    def __init__(self, dispersion: str = "gene", label: int = 0) -> None:
        self.module = model_of(dispersion=dispersion).module.double().eval()
        self.label = label

    @torch.no_grad()
    def __call__(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        extra = z.new_tensor([0.7, 0.0, 1.0, 0.0, 0.0, 1.0]).expand(len(z), -1)
        hidden = self.module.trunk(torch.cat([z, extra], 1))
        rate = 40 * self.module.scale(hidden).softmax(1)
        px_r, dispersion = self.module.px_r, self.module.dispersion
        column = {"gene": lambda: px_r, "gene-batch": lambda: px_r[:, 1], "gene-label": lambda: px_r[:, self.label]}
        log_r = column[dispersion]() if dispersion in column else self.module.each(hidden)
        return rate, log_r.exp().expand_as(rate), self.module.zero(hidden)


def by_scores(log_probs, z: Tensor, most: int) -> Tensor:
    """The sum over genes and counts of p ds ds^T, scores by differences."""
    counts = torch.arange(most, dtype=torch.float64)[:, None, None]
    step, axes = 1e-4, torch.eye(z.shape[1], dtype=torch.float64)
    mass = log_probs(z, counts).exp()
    torch.testing.assert_close(mass.sum(0), torch.ones_like(mass[0]), rtol=0, atol=1e-9)
    ahead, behind = ([log_probs(z + side * step * axis, counts) for axis in axes] for side in (1, -1))
    score = (torch.stack(ahead) - torch.stack(behind)) / (2 * step)
    return torch.einsum("nbg,inbg,jnbg->bij", mass, score, score)


@pytest.mark.parametrize("dispersion", ["gene", "gene-batch", "gene-label", "gene-cell"])
@pytest.mark.parametrize("likelihood", ["nb", "zinb"])
def test_the_metric_is_the_information_summed_over_all_counts(likelihood: str, dispersion: str) -> None:
    model, parts, z = model_of(likelihood, dispersion), Parts(dispersion, label=3), points(3, 2)

    def log_probs(z: Tensor, counts: Tensor) -> Tensor:
        mean, r, zero = parts(z)
        counted = NegativeBinomial(r, probs=mean / (mean + r)).log_prob(counts)
        if likelihood == "nb":
            return counted
        q = zero.sigmoid()
        return torch.where(counts == 0, (q + (1 - q) * counted.exp()).log(), (1 - q).log() + counted)

    with unchanged(model.module):
        metric = lg.FisherRaoMetric(scvi.decoder(model, **FIXED, label=3))
    assert model.module.dispersion == dispersion
    torch.testing.assert_close(metric(z), by_scores(log_probs, z, 1500), rtol=1e-6, atol=1e-8)
    name = "negative binomial" if dispersion == "gene-cell" and likelihood == "nb" else ROUTES[likelihood]
    assert str(metric.route).endswith(name)


def test_poisson_and_normal() -> None:
    z, parts = points(3), Parts()

    def roots(z: Tensor) -> Tensor:
        return 2 * parts(z)[0].sqrt()

    def over_scale(z: Tensor) -> Tensor:
        mean, scale, _ = parts(z)
        return mean / scale

    for likelihood, flat in (("poisson", roots), ("normal", over_scale)):
        metric = lg.FisherRaoMetric(scvi.decoder(model_of(likelihood), **FIXED))
        torch.testing.assert_close(metric(z), pulled_back(flat, z), rtol=1e-8, atol=1e-10)
        assert str(metric.route).endswith(ROUTES[likelihood])


@pytest.mark.parametrize(
    ("likelihood", "kind"),
    [("nb", NegativeBinomial), ("zinb", lg.ZeroInflatedNegativeBinomial), ("poisson", Poisson), ("normal", Normal)],
)
def test_the_decoder_gives_distributions_whose_mean_is_the_models(likelihood: str, kind: type) -> None:
    z = points(3)
    found = scvi.decoder(model_of(likelihood), **FIXED)(z)
    mean, _, zero = Parts()(z)
    assert type(found) is kind
    torch.testing.assert_close(found.mean, mean * (-zero).sigmoid() if likelihood == "zinb" else mean)


def test_a_geodesic() -> None:
    metric = lg.FisherRaoMetric(scvi.decoder(model_of(), **FIXED))
    z0, z1 = points(3, 2).split(1)
    solution = lg.geodesic(metric, z0, z1)
    assert solution.outcome == [lg.Outcome.CONVERGED]
    assert float(solution.length) <= float(lg.euclidean(metric, z0, z1).length)


@pytest.mark.parametrize("dispersion", ["gene-batch", "gene-cell"])
def test_a_dtype(dispersion: str) -> None:
    model, z = model_of("zinb", dispersion), points(3)
    single = lg.FisherRaoMetric(scvi.decoder(model, **FIXED, dtype=torch.float32))
    exact = lg.FisherRaoMetric(scvi.decoder(model, **FIXED))(z)
    torch.testing.assert_close(single(z), exact, rtol=1e-3, atol=1e-5 * float(exact.abs().max()))
    assert single.dtype == torch.float32


def test_a_batch_by_name_and_the_module_alone() -> None:
    z, model = points(3), model_of()
    others = {name: FIXED[name] for name in FIXED if name != "batch"}
    by_place = [scvi.decoder(model, **others, batch=place)(z).mean for place in (0, 1)]
    by_name = [scvi.decoder(model, **others, batch=name)(z).mean for name in ("first", "second")]
    torch.testing.assert_close(by_name, by_place, rtol=0, atol=0)
    assert not torch.allclose(*by_place)
    torch.testing.assert_close(scvi.decoder(model.module, **FIXED)(z).mean, by_place[1], rtol=0, atol=0)


@pytest.mark.parametrize("by_factor", [False, True], ids=["library size", "size factor"])
def test_the_library_size_is_the_sum_of_means(by_factor: bool) -> None:
    model = model_of()
    model.module.use_size_factor_key = by_factor
    decoder = scvi.decoder(model, **FIXED | {"library_size": 123.0})
    torch.testing.assert_close(decoder(points(3)).mean.sum(1), torch.full((3,), 123.0, dtype=torch.float64))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"batch": None}, "batch must be one of 'first', 'second', or a place from 0 to 1; got None"),
        ({"batch": "third"}, "batch must be one of 'first', 'second', or a place from 0 to 1; got 'third'"),
        ({"batch": 2}, "got 2"),
        ({"batch": -1}, "got -1"),
        ({"library_size": 0.0}, "library_size must be a positive number of counts; got 0.0"),
        ({"library_size": float("inf")}, "got inf"),
        ({"categorical": ()}, r"categorical must have one value for each of the model's 1 covariates; got \(\)"),
        ({"continuous": (0.1, 0.2)}, "continuous must have one value for each of the model's 1 covariates"),
    ],
)
def test_what_is_missing_or_unknown(changed: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scvi.decoder(model_of(), **FIXED | changed)


@pytest.mark.parametrize("label", [None, 4, -1])
def test_a_dispersion_by_labels_needs_one(label: int | None) -> None:
    with pytest.raises(ValueError, match=r"label must be given, from 0 to 3, for dispersion='gene-label'; got"):
        scvi.decoder(model_of(dispersion="gene-label"), **FIXED, label=label)


def test_shares_are_refused() -> None:
    model = model_of()
    model.module.latent_distribution = "ln"
    with pytest.raises(lg.DecoderError, match="must have latent_distribution='normal'; got 'ln'"):
        scvi.decoder(model, **FIXED)


def test_another_distribution_is_refused() -> None:
    with pytest.raises(lg.DecoderError, match="counts or a normal distribution; got Exponential"):
        scvi.decoder(model_of("other"), **FIXED)(points(3))


def test_other_models_are_refused() -> None:
    with pytest.raises(lg.DecoderError, match=r"an SCVI model.*got Linear without generative.*of TOTALVI, MULTIVI"):
        scvi.decoder(SimpleNamespace(module=torch.nn.Linear(2, 3)), library_size=1.0)
