"""What all adapters do with a model that another package made."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from latentgeo.decoder import own_device
from latentgeo.errors import DecoderError
from latentgeo.geometry.face import as_tensor

__all__ = ["Adapted", "check_has", "copied", "encoded"]


class Adapted(nn.Module):
    """A decoder that takes latent points of one size.

    Args:
        name: What a metric is to call it.
        latent: How many latent dimensions there are.
        meant: Where they come from, for the error: "(4, 8, 8) flattened".
    """

    def __init__(self, name: str, latent: int, meant: str) -> None:
        super().__init__()
        self.__name__ = name
        self.latent, self._meant = latent, meant

    def check(self, z: Tensor) -> None:
        """Refuse latent points of another size.

        Raises:
            DecoderError: The message gives both sizes.
        """
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise DecoderError(
                f"latent points of {self.__name__} must be (batch, {self.latent}), {self._meant}; got {tuple(z.shape)}"
            )


def copied(model: nn.Module, dtype: torch.dtype) -> Any:
    """A copy in evaluation mode that keeps no gradient to its weights; the model stays as it is."""
    # not by a method of the model's own, which may log or do more
    return nn.Module.to(deepcopy(model), dtype).eval().requires_grad_(False)


def check_has(model: object, package: str, names: tuple[str, ...], instead: str) -> None:
    """Refuse what is no module, or lacks what such a model has.

    Args:
        model: What the user gave.
        package: Whose model it should be.
        names: Of attributes that are not None.
        instead: What to do.

    Raises:
        DecoderError: The message says what was expected, what came and what to do.
    """
    missing = [name for name in names if getattr(model, name, None) is None]
    if missing or not isinstance(model, nn.Module):
        lacks = f" without {', '.join(missing)}" if missing else ", which is no torch.nn.Module"
        raise DecoderError(
            f"model must be {package}, with {', '.join(names)}; got {type(model).__name__}{lacks}; {instead}"
        )


@torch.no_grad()
def encoded(encoder: Callable[[Tensor], Tensor], model: nn.Module, data: Any, dtype: torch.dtype, size: int) -> Tensor:
    """Encodings of all data, some at a time, where the model is; (points, latent).

    Raises:
        ValueError: There are no data, or they are no array.
    """
    rows = as_tensor(data)
    if not isinstance(rows, Tensor) or not rows.ndim or not len(rows):
        raise ValueError(f"data must be a tensor or an array (points, ...), one point at least; got {_shown(data)}")
    rows = rows.to(own_device(model), dtype)
    return torch.cat([encoder(part).flatten(1) for part in rows.split(size)])


def _shown(data: Any) -> str:
    return str(tuple(data.shape)) if hasattr(data, "shape") else type(data).__name__
