"""How many points to evaluate together: few enough for the memory, and on a CPU for its caches."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from latentgeo.progress import tell

__all__ = ["MOST_POINTS", "Widest", "in_parts", "rows_at_once"]

MOST_POINTS = 16384
"""Latent points that a metric is evaluated at together, where nothing asks for fewer."""

# bytes of one layer, of all rows together; a CPU is fastest where they stay in its caches, but not with few rows
_IN_CACHE = 8 << 20
_FEW_ROWS = 1024
_FEW_ROWS_BYTES = 32 << 20
_ON_DEVICE = 1 << 31
# layers' outputs that are alive at a time, and what torch's own kernels unfold
_BUFFERS = 8
_SHARE_OF_FREE = 0.25
_SMALL = 2 << 20  # not worth a look at the memory


def in_parts(function: Callable[..., Tensor], at_once: int, *arguments: Tensor) -> Tensor:
    """function(*arguments) for at most `at_once` rows of the arguments at a time, the results one after the other.

    Holds the result and one part's work.

    Args:
        function: Of tensors (batch, ...), each row on its own, to a tensor (batch, ...).
        at_once: Rows, one or more.
        arguments: Of the same batch size.
    """
    count = len(arguments[0])
    if count <= at_once:
        return function(*arguments)
    first = function(*(argument[:at_once] for argument in arguments))
    result = first.new_empty((count, *first.shape[1:]))
    result[:at_once] = first
    for start in range(at_once, count, at_once):
        tell(f"{start} of {count} points")
        part = slice(start, start + at_once)
        result[part] = function(*(argument[part] for argument in arguments))
    return result


def rows_at_once(width: int, rows: int, like: Tensor) -> int:
    """How many of so many rows to push through a decoder together: points, each counted once for every tangent too.

    Args:
        width: Numbers of a row in the decoder's widest layer.
        rows: How many there are.
        like: A tensor of their dtype, on their device.

    Returns:
        One or more; what fits a quarter of the free memory, and on a CPU its caches.
    """
    row = width * like.element_size()
    in_cache = max(_IN_CACHE, min(_FEW_ROWS * row, _FEW_ROWS_BYTES))
    most = in_cache if like.device.type == "cpu" else _ON_DEVICE
    wanted = max(1, min(rows, most // row))
    if wanted * row <= _SMALL:
        return wanted
    free = _free_bytes(like.device)
    return wanted if free is None else max(1, min(wanted, int(_SHARE_OF_FREE * free) // (_BUFFERS * row)))


class Widest(TorchFunctionMode):
    """Inside, notes the most numbers for a row that a torch function returns, as `width`.

    Args:
        rows: How many the decoder is called with; other tensors are no layer's output.
    """

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.width = 1

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        # nested tensors have no shape
        if isinstance(result, Tensor) and not result.is_nested and result.shape[:1] == (self.rows,):
            self.width = max(self.width, result.numel() // self.rows)
        return result


def _free_bytes(device: torch.device) -> int | None:
    """Of the device, or of this process's control group where that has less; None where it cannot be told."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type != "cpu":
        return None
    try:
        machine = 1024 * int(_fields(Path("/proc/meminfo"))["MemAvailable:"])
    except (OSError, KeyError, ValueError):
        return None
    try:
        group = Path("/sys/fs/cgroup")
        limit, used = (int((group / name).read_text()) for name in ("memory.max", "memory.current"))
        # files that were read are given back when memory is short
        cached = int(_fields(group / "memory.stat")["inactive_file"])
    except (OSError, KeyError, ValueError):
        return machine
    return max(0, min(machine, limit - used + cached))


def _fields(path: Path) -> dict[str, str]:
    return dict(line.split()[:2] for line in path.read_text().splitlines())
