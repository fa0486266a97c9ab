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


class Plain:
    """A record of no kind in particular."""

    def __init__(self, sample: Tensor, hidden: Tensor) -> None:
        self.sample, self._hidden, self.steps = sample, hidden, 3

    @property
    def hidden(self) -> Tensor:
        return self._hidden


ONE = {
    "tuple": lambda z: (NET(z),),
    "list": lambda z: [NET(z)],
    "dict": lambda z: {"x": NET(z)},
    "dataclass": lambda z: Record(NET(z)),
    "named tuple": lambda z: Pair(NET(z), "a"),
    "normal": lambda z: torch.distributions.Normal(NET(z), 1.0),
    "independent": lambda z: torch.distributions.Independent(torch.distributions.Normal(NET(z), 1.0), 1),
    "normal in a tuple": lambda z: (torch.distributions.Normal(NET(z), 1.0), None),
    "dict in a tuple": lambda z: ({"x": NET(z)}, 1.0),
    "normal in a dict in a dataclass": lambda z: Record({"p": torch.distributions.Normal(NET(z), 1.0)}),  # pyright: ignore
    "object": lambda z: Plain(NET(z), z),
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


@pytest.mark.parametrize(
    ("decoder", "output"),
    [
        (lambda z: ((-NET(z) / 2, NET(z)), z.sum()), (0, 1)),
        (lambda z: {"a": z, "b": [z, {"c": NET(z)}]}, ("b", 1, "c")),
        (lambda z: (z, NET(z)), -1),
        (lambda z: Pair(NET(z), z), 0),
        (lambda z: {"x": z, "y": NET(z)}, 1),
        (lambda z: Plain(z, NET(z)), "hidden"),
        (lambda z: torch.distributions.Bernoulli(logits=NET(z)), "logits"),
    ],
)
def test_one_is_named_by_key_attribute_or_place_at_each_level(
    decoder: object, output: str | int | tuple[str | int, ...]
) -> None:
    assert callable(decoder)
    metric = lg.PullbackMetric(decoder, output=output)
    torch.testing.assert_close(metric(Z), lg.PullbackMetric(NET)(Z))
    assert metric.route is not None
    assert metric.route.endswith(f"output {output!r}")


def test_of_several_in_a_nest_the_way_to_one_is_named() -> None:
    with pytest.raises(lg.DecoderError, match=r"output=\(0, 0\)\); found: \(0, 0\), \(0, 1\), 1"):
        lg.PullbackMetric(lambda z: ((z, NET(z)), z))(Z)
    with pytest.raises(lg.DecoderError, match=r"got tuple of 2; .*output=\('o', 0\)"):
        lg.PullbackMetric(lambda z: {"o": (z, NET(z))}, output="o")(Z)


def test_a_distribution_without_a_mean() -> None:
    with pytest.raises(lg.DecoderError, match="Categorical, which has no mean; return its probs or its logits"):
        lg.PullbackMetric(lambda z: torch.distributions.Categorical(logits=NET(z)))(Z)
