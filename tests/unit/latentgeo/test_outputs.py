"""Which tensor a decoder's output stands for."""

from collections import namedtuple
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from surfaces import random_mlp

NET = random_mlp(obs=6)
Pair = namedtuple("Pair", ["mean", "note"])
Z = torch.randn(4, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@dataclass
class Record:
    sample: Tensor
    seconds: float = 0.1


ONE = {
    "tuple": lambda z: (NET(z),),
    "list": lambda z: [NET(z)],
    "dict": lambda z: {"x": NET(z)},
    "dataclass": lambda z: Record(NET(z)),
    "named tuple": lambda z: Pair(NET(z), "a"),
    "normal": lambda z: torch.distributions.Normal(NET(z), 1.0),
    "independent": lambda z: torch.distributions.Independent(torch.distributions.Normal(NET(z), 1.0), 1),
    "normal in a tuple": lambda z: (torch.distributions.Normal(NET(z), 1.0), None),
}


@pytest.mark.parametrize("kind", ONE)
def test_the_only_tensor_or_the_mean_is_taken(kind: str) -> None:
    metric = lg.PullbackMetric(ONE[kind])
    torch.testing.assert_close(metric(Z), lg.PullbackMetric(NET)(Z))
    route = metric.route
    assert route is not None
    assert ("mean of" in route) == ("normal" in kind or kind == "independent")


def test_of_several_one_has_to_be_named() -> None:
    def decoder(z: Tensor) -> dict[str, Tensor]:
        return {"mean": NET(z), "log_var": -NET(z) / 2}

    with pytest.raises(lg.DecoderError, match=r"name the observation, .*output='mean'.*found: 'mean', 'log_var'"):
        lg.PullbackMetric(decoder)(Z)
    for name, factor in (("mean", 1.0), ("log_var", 0.25)):
        torch.testing.assert_close(lg.PullbackMetric(decoder, output=name)(Z), factor * lg.PullbackMetric(NET)(Z))
    with pytest.raises(lg.DecoderError, match=r"no output 'x'; found: 'mean', 'log_var'"):
        lg.PullbackMetric(decoder, output="x")(Z)


def test_a_distribution_without_a_mean() -> None:
    with pytest.raises(lg.DecoderError, match="Categorical, which has no mean; return its probs or its logits"):
        lg.PullbackMetric(lambda z: torch.distributions.Categorical(logits=NET(z)))(Z)
