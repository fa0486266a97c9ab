"""A decoder of distributions as one of their coordinates, which is a decoder like any other."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from latentgeo.decoder import Decoder, usable
from latentgeo.errors import DecoderError
from latentgeo.geometry.likelihoods.chart import Chart
from latentgeo.geometry.likelihoods.differences import slope_fits
from latentgeo.geometry.likelihoods.families import chart_of, one_output
from latentgeo.outputs import Family, Output, likelihood

__all__ = ["Coordinates", "Information", "in_coordinates"]

Information = Callable[[Tensor], Tensor]
"""Parameters (batch, *outputs, parameters) to their Fisher information (batch, *outputs, parameters, parameters)."""


class Coordinates:
    """What a decoder returned to coordinates of the distributions that it stands for.

    Args:
        family: See `latentgeo.outputs.likelihood`.
        output: As there.
        information: The Fisher information of an output's parameters, where that is given.

    Attributes:
        chart: Of the family; None before it was looked at, see `settle`.
    """

    def __init__(self, family: Family | None, output: Output, information: Information | None) -> None:
        self._family, self._output, self._information = family, output, information
        self._settling = False
        self.chart: Chart | None = None

    def __call__(self, returned: object) -> Tensor:
        found = likelihood(returned, self._output, self._family)
        if isinstance(found, Distribution):
            found = one_output(found)
        if self._settling:
            self.chart = self._chart_of(found)
        # before that, all that is asked is whether the decoder takes a point
        y = _any_of(found) if self.chart is None else self.chart.coordinates(found)
        # of one output
        return y.unsqueeze(1) if y.ndim == 1 and isinstance(found, Distribution) else y

    def settle(self, decode: Callable[[], object]) -> Chart:
        """Choose the chart by what is seen while decoding, which has to be at two or more points."""
        self._settling = True
        try:
            decode()
        finally:
            self._settling = False
        if self.chart is None:
            raise DecoderError("the decoder must be called anew each time; it was not")
        return self.chart

    def _chart_of(self, found: Tensor | Distribution) -> Chart:
        if self._information is not None:
            return _as_given(self._information, found)
        if isinstance(found, Distribution):
            return chart_of(found)
        raise DecoderError(
            "the decoder returned a tensor, of which it is not known what it is a parameter of; expected a "
            "torch.distributions.Distribution, or family=..., e.g. FisherRaoMetric(decoder, "
            "lambda logits: Bernoulli(logits=logits)), or information=..."
        )


def in_coordinates(decoder: Decoder, coordinates: Coordinates) -> Decoder:
    """The decoder followed by the coordinates: a module if it is one, so that its weights are found."""
    inner = usable(decoder)
    if isinstance(inner, nn.Module):
        return _Followed(inner, coordinates)

    def followed(z: Tensor) -> Tensor:
        return coordinates(inner(z))

    followed.__name__ = getattr(decoder, "__name__", type(decoder).__name__)
    return followed


class _Followed(nn.Module):
    """A module followed by a function."""

    def __init__(self, inner: nn.Module, then: Callable[[object], Tensor]) -> None:
        super().__init__()
        self.inner, self.then = inner, then
        self.__name__ = getattr(inner, "__name__", type(inner).__name__)

    def forward(self, z: Tensor) -> Tensor:
        return self.then(self.inner(z))


def _any_of(found: Tensor | Distribution) -> Tensor:
    """A tensor with the batch axis of what was found."""
    if isinstance(found, Tensor):
        return found
    return next(value for name in found.arg_constraints if isinstance(value := getattr(found, name, None), Tensor))


def _as_given(information: Information, found: Tensor | Distribution) -> Chart:
    """Parameters as they are; of a distribution all of them, in the order of its `arg_constraints`."""
    name = "parameters"
    if isinstance(found, Distribution):
        name, names = type(found).__name__, list(found.arg_constraints)
        scalars = {getattr(found, parameter).shape for parameter in names} == {found.batch_shape}
        if not scalars:
            raise DecoderError(
                f"information needs one number a parameter and output, which {name} has not; give a decoder that "
                "returns the parameters as a tensor (batch, *outputs, parameters)"
            )

    def coordinates(of: Tensor | Distribution) -> Tensor:
        return of if isinstance(of, Tensor) else torch.stack([getattr(of, one) for one in of.arg_constraints], -1)

    parameters = coordinates(found)
    shape = parameters.shape[1:]

    def lowered(y: Tensor, dy: Tensor) -> Tensor:
        return (information(y.unflatten(1, shape)) @ dy.unflatten(1, shape)[..., None]).squeeze(-1).flatten(1)

    y = parameters.flatten(1)
    matrix = information(parameters)
    if matrix.shape != (*parameters.shape, shape[-1]):
        raise DecoderError(
            f"information must map parameters (batch, *outputs, parameters) to (batch, *outputs, parameters, "
            f"parameters); got {tuple(matrix.shape)} from {tuple(parameters.shape)}"
        )
    if not torch.allclose(matrix, matrix.mT) or not slope_fits(lowered, y):
        raise DecoderError(
            "information must be symmetric, and such that torch differentiates it: at some point its derivative is not "
            "that of its values, or these are not finite"
        )
    return Chart(f"{name}, information given", coordinates, lowered)
