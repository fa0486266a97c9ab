"""The energy of chains of which every node is decoded by a member of an ensemble that is drawn for it alone.

Syrota et al. 2024, "Decoder ensembling for learned latent geometries", as it is practised: of a chain's nodes c_0 ...
c_n each is decoded by a member of its own. With f the members' mean and v their variance, summed over the outputs, an
expected squared step is exactly

    E |f_m(c_i) - f_m'(c_i+1)|^2 = |f(c_i+1) - f(c_i)|^2 + v(c_i) + v(c_i+1),

so that where members disagree in value a chain is dear, even if they all change alike. n times the sum of these is the
energy, that of `latentgeo.geometry.solvers.discrete_energy` where all agree. The number of nodes is part of it, and of
which chain is the best: a node costs 2 n v whatever the others do, so that with disagreement the energy has no limit
for more nodes, and neither is that of a metric (E[J^T J] is one; see `latentgeo.EnsembleMetric`).
"""

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.metrics.expected import EnsembleMetric
from latentgeo.geometry.solvers.batch import join
from latentgeo.geometry.solvers.discrete_energy import DiscreteEnergy, Quadratic, bent

__all__ = ["ensemble_quadratic", "squared_steps"]

# in numbers, of all members' Jacobians at the nodes that are worked on at once
_NUMBERS_AT_ONCE = 8_000_000


def squared_steps(metric: EnsembleMetric, nodes: Float[Tensor, "pairs nodes latent"]) -> Float[Tensor, "pairs steps"]:
    """Expected squared distance between the images of each two neighbours, over members drawn for each.

    Differentiable in the nodes.

    Args:
        metric: Which members.
        nodes: Two or more of each chain.
    """
    found = []
    for chain in nodes:  # all members' images of all pairs at once would fill the memory
        images = _images(metric, chain)
        disagreement = images.var(1, correction=0).sum(1)
        found.append(images.mean(1).diff(dim=0).square().sum(1) + disagreement[1:] + disagreement[:-1])
    return torch.stack(found) if found else nodes.new_zeros(0, nodes.shape[1] - 1)


def ensemble_quadratic(metric: EnsembleMetric) -> DiscreteEnergy:
    """The energy with its first and second derivatives by the inner nodes, as a function of all nodes, four or more.

    The Hessian's positive semi-definite part is Gauss and Newton's, of the chords and of the members' distances from
    their mean.
    """

    def of(nodes: Tensor) -> Quadratic:
        with torch.no_grad():
            outputs = metric.parts[0].observe(nodes[0, :1].detach()).shape[1]
        numbers = len(metric.parts) * outputs * nodes.shape[1] * nodes.shape[2]
        at_once = max(1, _NUMBERS_AT_ONCE // numbers)
        return join([_quadratic(metric, part) for part in nodes.detach().split(at_once)])

    return of


def _quadratic(metric: EnsembleMetric, nodes: Tensor) -> Quadratic:
    """For the nodes of some pairs.

    A member pulls at its node with the two steps of the mean, and with twice its distance from the mean: the gradient
    is 2 n times the members' mean of J_m^T pull_m.
    """
    pairs, count, latent = nodes.shape
    n, members = count - 1, len(metric.parts)
    with torch.no_grad():
        images = _images(metric, nodes.flatten(0, 1)).view(pairs, count, members, -1)
        mean = images.mean(2)
        apart = images - mean.unsqueeze(2)
        disagreement = apart.square().sum(3).mean(2)
        chord = mean.diff(dim=1)
        value = chord.square().sum((1, 2)) + disagreement[:, 1:].sum(1) + disagreement[:, :-1].sum(1)
        pull = (chord[:, :-1] - chord[:, 1:]).unsqueeze(2) + 2 * apart[:, 1:-1]
    z, pull = nodes[:, 1:-1].reshape(-1, latent), pull.flatten(0, 1)
    each = [bent(part.displacement, z, pull[:, member]) for member, part in enumerate(metric.parts)]
    J = torch.stack([found for found, _ in each], 2)
    slopes = (J * pull).sum((2, 3))
    J = J.view(latent, pairs, n - 1, members, -1).permute(1, 2, 0, 3, 4)
    mean_J = J.mean(3)
    rest = torch.stack([found for _, found in each]).sum(0).view(pairs, n - 1, latent, latent) / members
    whole = J.flatten(3)
    return Quadratic(
        value=n * value,
        gradient=2 * n / members * slopes.T.reshape(pairs, n - 1, latent),
        diagonal=4 * n / members * (whole @ whole.mT),
        upper=-2 * n * (mean_J[:, :-1] @ mean_J[:, 1:].mT),
        rest_diagonal=n * (rest + rest.mT),
        rest_upper=nodes.new_zeros(pairs, n - 2, latent, latent),
    )


def _images(metric: EnsembleMetric, z: Tensor) -> Float[Tensor, "batch members obs"]:
    return torch.stack([part.observe(z) for part in metric.parts], 1)
