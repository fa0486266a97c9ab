"""Tangents pushed by hand through a Sequential of linear layers and pointwise activations: the cheapest route.

docs/project/performance.md has what was measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules import module as every_module

from latentgeo.decoder import AnyDtype, Decoder
from latentgeo.geometry.routes.tangents import tanh
from latentgeo.torch_faults import ONE_AT_A_TIME

__all__ = ["Layers", "StackedLayers", "hooks_everywhere", "plain_layers"]

_POINTWISE = (
    nn.CELU, nn.ELU, nn.GELU, nn.Hardswish, nn.Hardtanh, nn.LeakyReLU, nn.LogSigmoid, nn.Mish, nn.ReLU, nn.SELU,
    nn.SiLU, nn.Sigmoid, nn.Softplus, nn.Softsign, nn.Tanh, nn.Tanhshrink,
)  # fmt: skip
# settings of an activation that do not change its values
_NO_MATTER = ("inplace", "training")


@dataclass(frozen=True)
class Layers:
    """A `Route` for the decoders whose layers `plain_layers` can read; differentiable in z and v."""

    layers: Sequence[nn.Module]

    @property
    def name(self) -> str:
        return "layers"

    def along(self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch obs"]:
        """J(z) v."""
        return _push(self.layers, z, v.unsqueeze(0)).squeeze(0)

    def jacobian(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "latent batch obs"]:
        """J; all directions share one pass, and there is no loop over outputs."""
        return _push(self.layers, z, torch.eye(z.shape[1], dtype=z.dtype, device=z.device).unsqueeze(1))


class StackedLayers:
    """The same for several decoders of one architecture at once: their weights are stacked, and multiplied together.

    Spares what each call of torch costs beside its arithmetic, with few points or on a GPU. torch.vmap over stacked
    weights has the same results, but pushes tangents by torch's own rules: on a CPU it took 1.4 to 2.5 times as long as
    one decoder after the other.

    Args:
        members: The layers of each decoder, as `alike` has them.
    """

    def __init__(self, members: Sequence[Sequence[nn.Module]]) -> None:
        self.members = members

    @staticmethod
    def alike(members: Sequence[Sequence[nn.Module]]) -> bool:
        """Whether they can be stacked: the same kinds of layers in the same order, but for what weights are."""
        return all(len(layers) == len(members[0]) for layers in members) and all(
            type(layer) is type(layers[0]) and _settings(layer) == _settings(layers[0])
            for layers in zip(*members, strict=True)
            for layer in layers[1:]
        )

    @property
    def width(self) -> int:
        """Numbers of a point in the widest layer of one decoder."""
        return max((layer.out_features for layer in self.members[0] if isinstance(layer, nn.Linear)), default=1)

    def along(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "members batch obs"]:
        """J(z) v of each decoder."""
        return self._push(z, v.unsqueeze(0)).squeeze(1)

    def jacobian(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "members latent batch obs"]:
        """J of each decoder."""
        return self._push(z, torch.eye(z.shape[1], dtype=z.dtype, device=z.device).unsqueeze(1))

    def _push(self, h: Tensor, tangents: Tensor) -> Tensor:
        """As `_push`, with the members before all else."""
        count, last = len(self.members), len(self.members[0]) - 1
        h, tangents = h.expand(count, *h.shape), tangents.expand(count, *tangents.shape)
        for position, layers in enumerate(zip(*self.members, strict=True)):
            if isinstance(layers[0], nn.Linear):
                # at each call: weights may have changed, and torch does not always tell
                weight = torch.stack([layer.weight for layer in layers]).to(h.dtype).mT
                if position < last:
                    h = h @ weight
                    if layers[0].bias is not None:
                        h = h + torch.stack([layer.bias for layer in layers]).to(h.dtype).unsqueeze(1)
                tangents = (tangents.flatten(1, 2) @ weight).unflatten(1, tangents.shape[1:3])
            else:
                h, slope = _slope(layers[0], h)
                tangents = slope.unsqueeze(1) * tangents
        return tangents.expand(-1, -1, h.shape[1], -1)


def _settings(layer: nn.Module) -> tuple[Any, ...]:
    """What a layer computes beside its weights."""
    if isinstance(layer, nn.Linear):
        return layer.weight.shape, layer.weight.dtype, layer.weight.device, layer.bias is None
    return tuple((key, value) for key, value in vars(layer).items() if key[0] != "_" and key not in _NO_MATTER)


def plain_layers(decoder: Decoder) -> list[nn.Module] | None:
    """The decoder's layers if it is a (nested) Sequential of linear layers and pointwise activations, else None.

    None as well where calling the decoder does more than calling these layers: for a subclass, a `forward` replaced on
    an instance, a hook on a module or on all of them.
    """
    if hooks_everywhere() or not isinstance(decoder, nn.Module) or not _is_itself(decoder):
        return None
    if type(decoder) is AnyDtype:
        # weights are cast here too
        return plain_layers(decoder.inner)
    # exact types: a subclass may compute something else
    if type(decoder) is nn.Sequential:
        layers: list[nn.Module] = []
        for module in decoder:
            inner = plain_layers(module)
            if inner is None:
                return None
            layers += inner
        return layers
    if type(decoder) is nn.Identity or (type(decoder) is nn.Dropout and not decoder.training):
        return []
    return [decoder] if type(decoder) is nn.Linear or type(decoder) in _POINTWISE else None


def hooks_everywhere() -> tuple[Any, ...]:
    """The hooks that every module runs."""
    return (*every_module._global_forward_hooks.values(), *every_module._global_forward_pre_hooks.values())


def _is_itself(module: nn.Module) -> bool:
    """Whether calling a module runs the `forward` of its class and nothing else."""
    return not (module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module))


def _push(layers: Sequence[nn.Module], h: Tensor, tangents: Tensor) -> Tensor:
    """Push tangents (directions, batch or 1, width) along the activations of h (batch, width)."""
    last = len(layers) - 1
    for position, layer in enumerate(layers):
        if isinstance(layer, nn.Linear):
            weight = layer.weight.to(h.dtype)
            # the primal is not needed after the last linear layer
            if position < last:
                h = F.linear(h, weight, None if layer.bias is None else layer.bias.to(h.dtype))
            tangents = F.linear(tangents, weight)
        else:
            h, slope = _slope(layer, h)
            tangents = slope * tangents
    return tangents.expand(-1, h.shape[0], -1)


def _slope(activation: nn.Module, a: Tensor) -> tuple[Tensor, Tensor]:
    """A pointwise activation's value and derivative at a."""
    if isinstance(activation, nn.Tanh):
        h = tanh(a)
        return h, 1 - h * h
    if isinstance(activation, nn.Sigmoid):
        h = torch.sigmoid(a)
        return h, h * (1 - h)
    if isinstance(activation, nn.SiLU):
        s = torch.sigmoid(a)
        h = a * s
        return h, torch.addcmul(s, h, 1 - s)
    # one that works in place may be the first layer, and then would change the caller's points
    a = a.clone() if getattr(activation, "inplace", False) else a
    with ONE_AT_A_TIME:
        value, slope = torch.func.jvp(activation, (a,), (torch.ones_like(a),))[:2]
    return value, slope
