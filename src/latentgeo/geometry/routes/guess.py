"""Latent points to probe a decoder at before the caller has named any: its latent size, found by trying."""

from typing import Any

import torch
from torch import Tensor, nn

from latentgeo.decoder import Decoder, buffers_kept, check_dtype, decode, own_dtype
from latentgeo.geometry.routes.layers import plain_layers
from latentgeo.outputs import Output

__all__ = ["probe_points", "takes"]

# sizes of a latent space to try beside those that the layers suggest
_USUAL_SIZES = (*range(1, 17), 20, 24, 32, 48, 64, 100, 128, 256, 512)
_PROBES = 8


def probe_points(decoder: Decoder, output: Output = None) -> Tensor | None:
    """Standard normal latent points to probe a module with, or None if its latent size cannot be told.

    Where layers can be read, the first linear one tells. Else the sizes of all layers' inputs, and usual ones, are
    tried: where the decoder takes none of them or more than one, its size cannot be told.

    Raises:
        DecoderError: The module's weights are 16-bit floats.
    """
    if not isinstance(decoder, nn.Module):
        return None
    dtype = own_dtype(decoder) or torch.float64
    check_dtype(torch.empty(0, dtype=dtype))
    device = next((weight.device for weight in decoder.parameters()), torch.device("cpu"))
    generator = torch.Generator().manual_seed(0)
    found = None
    for size in _sizes(decoder):
        z = torch.randn(_PROBES, size, generator=generator.manual_seed(0), dtype=torch.float64).to(device, dtype)
        if takes(decoder, z, output):
            if found is not None:
                return None
            found = z
    return found


def _sizes(decoder: nn.Module) -> list[int]:
    layers = plain_layers(decoder)
    linear = next((layer for layer in layers or () if isinstance(layer, nn.Linear)), None)
    if linear is not None:
        return [linear.in_features]
    inputs = (_own(module, name) for module in decoder.modules() for name in ("in_features", "in_channels"))
    return list(dict.fromkeys([*(size for size in inputs if isinstance(size, int) and size > 0), *_USUAL_SIZES]))


def _own(module: nn.Module, name: str) -> Any:
    """An attribute of a module itself: one that is looked up elsewhere may warn (diffusers' configurations do)."""
    return getattr(module, name, None) if isinstance(module, torch.jit.ScriptModule) else vars(module).get(name)


@torch.no_grad()
def takes(decoder: Decoder, z: Tensor, output: Output) -> bool:
    """Whether a decoder makes anything of these points."""
    try:
        with buffers_kept(decoder):
            decode(decoder, z, output)
    except Exception:
        # whatever a decoder raises for a size that is not its own
        return False
    return True
