"""The boundary to the user's decoder: what is expected of it, checked once by a probe.

A decoder is any torch callable (batch, latent) -> (batch, *obs). The paper's geometry needs it smooth (Chen et al.
2018, section 2: sigmoid, tanh, softplus) and a function of each latent point alone.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from latentgeo.errors import DecoderError, PiecewiseLinearWarning

__all__ = ["Decoder", "Probed", "check_decoder", "check_precision", "decode", "probe_points"]

Decoder = Callable[[Tensor], Tensor]


def decode(decoder: Decoder, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch obs"]:
    """The decoder's output with its observation axes flattened to one.

    Raises:
        DecoderError: The output is no tensor, has another batch size or another dtype than z.
    """
    try:
        x = decoder(z)
    except RuntimeError as error:
        if "dtype" in str(error):
            raise DecoderError(
                f"the decoder does not take {z.dtype}; latent points and decoder must share a dtype "
                f"(geometry: decoder.double() and z.double()): {error}"
            ) from error
        if "shape" in str(error) or "size" in str(error):
            raise DecoderError(f"the decoder does not take latent points of shape {tuple(z.shape)}: {error}") from error
        raise
    if not isinstance(x, Tensor):
        raise DecoderError(f"the decoder must return a tensor (batch, *obs); got {type(x).__name__}")
    if x.ndim < 2 or x.shape[0] != z.shape[0]:
        raise DecoderError(
            f"the decoder must map (batch, latent) to (batch, *obs); got {tuple(x.shape)} from {tuple(z.shape)}"
        )
    if x.dtype != z.dtype:
        raise DecoderError(
            f"the decoder turned {z.dtype} into {x.dtype}; both must share a dtype "
            "(geometry: decoder.double() and z.double())"
        )
    return x.flatten(1)


def probe_points(decoder: Decoder) -> Tensor | None:
    """Standard normal latent points to probe a decoder with, or None if its latent size cannot be told.

    The size is that of the first layer with weights, if this is linear; dtype and device are its own.
    """
    if not isinstance(decoder, nn.Module):
        return None
    for module in decoder.modules():
        if any(True for _ in module.parameters(recurse=False)):
            if not isinstance(module, nn.Linear):
                return None
            generator = torch.Generator().manual_seed(0)
            z = torch.randn(8, module.in_features, generator=generator, dtype=torch.float64)
            return z.to(module.weight)
    return None


@dataclass(frozen=True)
class Probed:
    """What a probe found of a decoder.

    Attributes:
        width: How many numbers an observation has.
        piecewise_linear: Whether its second derivative is zero everywhere, though it is not affine.
    """

    width: int
    piecewise_linear: bool


def check_decoder(decoder: Decoder, z: Float[Tensor, "batch latent"]) -> Probed:
    """Probe a decoder at a few latent points.

    Args:
        decoder: The callable to check.
        z: Two or more distinct latent points.

    Returns:
        What was found.

    Raises:
        DecoderError: Wrong shape or dtype, half precision, a value that is not finite, an output that depends on the
            other points of the batch or on chance (batch norm or dropout in train mode), or no forward-mode derivative.

    Warns:
        PiecewiseLinearWarning: The second derivative is zero everywhere, but the decoder is not affine.
    """
    check_precision(z)
    with torch.no_grad(), _buffers_kept(decoder):
        x = decode(decoder, z)
        if not x.dtype.is_floating_point:
            raise DecoderError(f"the decoder must return floating point; got {x.dtype}")
        if not bool(torch.isfinite(x).all()):
            bad = z[~torch.isfinite(x).all(dim=1)][0].tolist()
            raise DecoderError(f"the decoder returned NaN or infinity at latent point {bad}")
        # batch norm in train mode refuses a single point
        again = decode(decoder, z[:1].expand(len(z), -1))
    scale = float(x.abs().max()) + torch.finfo(x.dtype).tiny
    if float((x[:1] - again).abs().max()) > 1e3 * torch.finfo(x.dtype).eps * scale:
        raise DecoderError(
            "the decoder's output at a point changes with the rest of the batch or from call to call; "
            "put it in evaluation mode (decoder.eval()) if it has batch norm or dropout"
        )
    return Probed(x.shape[1], _warned_if_piecewise_linear(decoder, z))


def check_precision(z: Float[Tensor, "batch latent"]) -> None:
    """Refuse latent points that are no floating point numbers, or half precision ones.

    Raises:
        DecoderError: The dtype is not float32 or float64.
    """
    if not z.dtype.is_floating_point:
        raise DecoderError(f"latent points must be floating point; got {z.dtype}")
    if z.dtype not in (torch.float32, torch.float64):
        raise DecoderError(
            f"latent points and decoder must be float32 or float64 (geometry: decoder.double() and z.double()), "
            f"half precision is too coarse for derivatives; got {z.dtype}"
        )


@contextmanager
def _buffers_kept(decoder: Decoder) -> Iterator[None]:
    """Give a module back the buffers that it had: batch norm in train mode updates its running statistics."""
    buffers = list(decoder.buffers()) if isinstance(decoder, nn.Module) else []
    before = [buffer.clone() for buffer in buffers]
    try:
        yield
    finally:
        for buffer, value in zip(buffers, before, strict=True):
            buffer.copy_(value)


def _warned_if_piecewise_linear(decoder: Decoder, z: Tensor) -> bool:
    direction = z.flip(0) - z + 0.5

    def slope(point: Tensor) -> Tensor:
        return torch.func.jvp(lambda p: decode(decoder, p), (point,), (direction,))[1]

    try:
        with torch.no_grad():
            # backward over forward, as solvers have it: torch lacks some activations' second forward derivative
            first, pull = torch.func.vjp(slope, z)[:2]
            generator = torch.Generator().manual_seed(0)
            second = pull(torch.randn(first.shape, generator=generator, dtype=torch.float64).to(first))[0]
            fixed = torch.func.jvp(lambda p: decode(decoder, p), (z,), (torch.ones_like(z),))[1]
    except (NotImplementedError, RuntimeError) as error:
        raise DecoderError(f"the decoder has no forward-mode derivative: {error}") from error
    if not bool(torch.isfinite(first).all()):
        raise DecoderError("the decoder's derivative is NaN or infinite; it must be smooth")
    tolerance = 1e3 * torch.finfo(z.dtype).eps
    flat = float(second.abs().max()) <= tolerance * float(first.abs().max())
    affine = float((fixed - fixed[:1]).abs().max()) <= tolerance * float(fixed.abs().max())
    if flat and not affine:
        warnings.warn(
            "the decoder is piecewise linear (ReLU?): its metric is constant on pieces, so gradient solvers get no "
            "signal; use smooth activations (tanh, sigmoid, softplus), or a solver that asks for no derivative of the "
            "metric: GaussNewton, which `geodesic` takes by itself then, or GraphPath",
            PiecewiseLinearWarning,
            stacklevel=4,
        )
    return flat and not affine
