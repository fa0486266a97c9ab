"""The boundary to the user's decoder: what is expected of it, and what it is called with.

A decoder is any torch callable (batch, latent) -> (batch, *obs). The paper's geometry needs it smooth (Chen et al.
2018, section 2: sigmoid, tanh, softplus) and a function of each latent point alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from latentgeo.errors import DecoderError
from latentgeo.outputs import Output, observation
from latentgeo.torch_faults import ONE_AT_A_TIME

__all__ = [
    "AnyDtype",
    "Decoder",
    "buffers_kept",
    "check_dtype",
    "check_values",
    "decode",
    "own_device",
    "own_dtype",
    "usable",
]

Decoder = Callable[[Tensor], Any]

_SIZE = "; if they have the wrong size, give it some: PullbackMetric(decoder, probe=points)"


def decode(decoder: Decoder, z: Float[Tensor, "batch latent"], output: Output = None) -> Float[Tensor, "batch obs"]:
    """The decoder's output with its observation axes flattened to one.

    Args:
        decoder: Latent points to observations.
        z: Latent points.
        output: See `latentgeo.outputs.observation`.

    Raises:
        DecoderError: The output is no tensor and holds none, has another batch size or another dtype than z, or
            whatever the decoder raised, memory excepted.
    """
    try:
        # a decoder may work in place, on what it is given too; and it may use forward mode itself
        with ONE_AT_A_TIME:
            x = observation(decoder(z.clone()), output)
    except (DecoderError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        if "dtype" in str(error):
            raise DecoderError(
                f"the decoder does not take {z.dtype}; latent points and decoder must share a dtype "
                f"(geometry: decoder.double() and z.double()): {_first_line(error)}"
            ) from error
        if "shape" in str(error) or "size" in str(error):
            raise DecoderError(
                f"the decoder does not take points of {z.shape[-1]} latent dimensions: {_first_line(error)}{_SIZE}"
            ) from error
        if isinstance(error, NotImplementedError):
            raise DecoderError(
                f"the decoder has no forward pass: {_first_line(error)}; of a whole model give the part that decodes, "
                "e.g. model.decoder"
            ) from error
        raise DecoderError(
            f"the decoder raised {type(error).__name__} for latent points {tuple(z.shape)} of {z.dtype}: "
            f"{_first_line(error)}{_SIZE}"
        ) from error
    if x.is_nested:
        raise DecoderError("the decoder must return a dense tensor: .to_padded_tensor(0); got a nested one")
    if x.ndim < 2 or x.shape[0] != z.shape[0]:
        raise DecoderError(
            f"the decoder must map (batch, latent) to (batch, *obs); got {tuple(x.shape)} from {tuple(z.shape)}; one "
            "written for a single point is torch.vmap(decoder)"
        )
    if not x.shape[1:].numel():
        raise DecoderError(f"the decoder must return at least one number for each point; got {tuple(x.shape)}")
    if x.layout != torch.strided:
        raise DecoderError(f"the decoder must return a dense tensor: .to_dense(); got {x.layout}")
    if x.device != z.device:
        raise DecoderError(f"the decoder must return its output where latent points are: {z.device}; got {x.device}")
    if not x.dtype.is_floating_point:
        raise DecoderError(f"the decoder must return floating point; got {x.dtype}")
    if x.dtype != z.dtype:
        raise DecoderError(
            f"the decoder turned {z.dtype} into {x.dtype}; both must share a dtype "
            "(geometry: decoder.double() and z.double())"
        )
    return x.flatten(1)


def own_dtype(decoder: Decoder) -> torch.dtype | None:
    """The dtype of a module's weights, or else of its buffers; None where there are none."""
    if not isinstance(decoder, nn.Module):
        return None
    weights = (tensor.dtype for group in (decoder.parameters(), decoder.buffers()) for tensor in group)
    return next((dtype for dtype in weights if dtype.is_floating_point), None)


def own_device(decoder: Decoder) -> torch.device | None:
    """The device of a module's weights, or else of its buffers; None where there are none."""
    if not isinstance(decoder, nn.Module):
        return None
    return next((tensor.device for group in (decoder.parameters(), decoder.buffers()) for tensor in group), None)


def usable(decoder: Decoder, dtype: torch.dtype | None = None) -> Decoder:
    """The decoder, or a module in its place where that is easier to look into.

    A method of a module, bare or in a `functools.partial`, has the module's weights, hooks and mode. Weights made in
    inference mode, through which torch sends no gradient, are copied.

    Args:
        decoder: Any decoder.
        dtype: What it is to be evaluated in: a module whose weights have another dtype is made to take it.
    """
    owner = _owner(decoder)
    module = decoder if owner is None else _Owned(owner, decoder)
    if isinstance(module, nn.Module) and any(map(Tensor.is_inference, _state(module).values())):
        module = _WithCopies(module)
    if not isinstance(module, nn.Module) or dtype is None or own_dtype(module) in (None, dtype):
        return module
    return AnyDtype(module)


def check_values(
    decoder: Decoder, z: Float[Tensor, "batch latent"], output: Output = None
) -> Float[Tensor, "batch obs"]:
    """The decoder's values at a few points, found to be finite and a function of each point alone.

    Args:
        decoder: The callable to check.
        z: Two or more distinct latent points.
        output: See `decode`.

    Raises:
        DecoderError: Wrong shape or dtype, 16-bit floats, a value that is not finite, an output that depends on the
            other points of the batch or on chance (batch norm or dropout in train mode), numbers that are drawn anew at
            each call, or whatever else is raised.
    """
    check_dtype(z)
    with torch.no_grad(), buffers_kept(decoder):
        x = decode(decoder, z, output)
        drawn = [_drawn(z)]
        # batch norm in train mode refuses a single point
        again = decode(decoder, z[:1].expand(len(z), -1).contiguous(), output)
        drawn.append(_drawn(z))
        # chance may spare single points: a ReLU's slope that is drawn where its input is negative
        turned = decode(decoder, z.flip(0), output).flip(0)
        drawn.append(_drawn(z))
    if not bool(torch.isfinite(x).all()):
        bad = z[~torch.isfinite(x).all(dim=1)][0].tolist()
        raise DecoderError(f"the decoder returned NaN or infinity at latent point {bad}")
    scale = float(x.abs().max()) + torch.finfo(x.dtype).tiny
    if (
        max(float((x[:1] - again).abs().max()), float((x - turned).abs().max()))
        > 1e3 * torch.finfo(x.dtype).eps * scale
    ):
        raise DecoderError(
            "the decoder's output at a point changes with the rest of the batch or from call to call; "
            "put it in evaluation mode (decoder.eval()) if it has batch norm or dropout"
        )
    # a decoder that seeds them leaves them where it left them before; another thread may draw from them now and then
    if drawn[0] != drawn[1] and drawn[1] != drawn[2]:
        raise DecoderError(
            "the decoder draws random numbers at each call, even if they seldom change its output (dropout of small "
            "probability?); put it in evaluation mode (decoder.eval()). Where what it draws is not used for the "
            "observation, give a function that calls it within torch.random.fork_rng()"
        )
    return x


def check_dtype(z: Tensor) -> None:
    """Refuse latent points that are no floating point numbers, or of 16 bits.

    Raises:
        DecoderError: The dtype is not float32 or float64.
    """
    if not z.dtype.is_floating_point:
        raise DecoderError(f"latent points must be floating point; got {z.dtype}")
    if z.dtype not in (torch.float32, torch.float64):
        raise DecoderError(
            f"latent points and decoder must be float32 or float64 (geometry: decoder.double() and z.double()), "
            f"16-bit floats are too coarse for derivatives; got {z.dtype}"
        )


def _drawn(z: Tensor) -> bytes:
    """Where torch's own generators are, from which is drawn where none is named."""
    states = [torch.random.get_rng_state(), *([torch.cuda.get_rng_state(z.device)] if z.is_cuda else [])]
    return b"".join(state.numpy().tobytes() for state in states)


@contextmanager
def buffers_kept(decoder: Decoder) -> Iterator[None]:
    """Give a module back the buffers that it had: batch norm in train mode updates its running statistics."""
    buffers = list(decoder.buffers()) if isinstance(decoder, nn.Module) else []
    before = [buffer.clone() for buffer in buffers]
    try:
        yield
    finally:
        for buffer, value in zip(buffers, before, strict=True):
            if not buffer.is_inference() or torch.is_inference_mode_enabled():
                buffer.copy_(value)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")


class AnyDtype(nn.Module):
    """A module whose weights are cast to the dtype of the points that it is given, at each call."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner
        self.__name__ = getattr(inner, "__name__", type(inner).__name__)

    def forward(self, z: Tensor) -> Any:
        state = _state(self.inner).items()
        weights = {name: tensor.to(z.dtype) for name, tensor in state if tensor.is_floating_point()}
        return torch.func.functional_call(self.inner, weights, (z,))


class _Owned(nn.Module):
    """A callable that works with the weights of a module."""

    def __init__(self, owner: nn.Module, call: Decoder) -> None:
        super().__init__()
        self.owner, self.call = owner, call
        self.__name__ = getattr(call, "__qualname__", type(owner).__name__)

    def forward(self, z: Tensor) -> Any:
        return self.call(z)


class _WithCopies(nn.Module):
    """A module with copies in place of its weights that were made in inference mode."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner
        self.__name__ = getattr(inner, "__name__", type(inner).__name__)
        with torch.inference_mode(False):
            self.copies = {name: tensor.clone() for name, tensor in _state(inner).items() if tensor.is_inference()}

    def forward(self, z: Tensor) -> Any:
        state = _state(self.inner)
        copies = {name: copy for name, copy in self.copies.items() if state[name].is_inference()}
        return torch.func.functional_call(self.inner, copies, (z,))


def _owner(decoder: Decoder) -> nn.Module | None:
    """The module whose method a callable is, bare or with some arguments given."""
    bound = getattr(decoder.func if isinstance(decoder, partial) else decoder, "__self__", None)
    return bound if isinstance(bound, nn.Module) and not isinstance(decoder, nn.Module) else None


def _state(module: nn.Module) -> dict[str, Tensor]:
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}
