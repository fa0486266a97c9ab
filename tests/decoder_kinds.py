"""Decoders of the kinds that people have, the route that is taken to their derivatives, and what it costs.

`python -m decoder_kinds` (with tests/ and src/ on the path) writes the table of docs/explanation/derivatives.md anew.
"""

import warnings
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import flop_registry

import latentgeo as lg

__all__ = ["KINDS", "REFUSED", "REFUSED_KINDS", "TABLE", "row", "table"]

TABLE = Path(__file__).parents[1] / "docs" / "explanation" / "derivatives.md"
_MARK = "<!-- routes: made by `python -m decoder_kinds` -->"
REFUSED = "refused"
_POINTS = 64


def mlp(latent: int = 2, outputs: int = 16, activation: type[nn.Module] = nn.Tanh) -> nn.Sequential:
    return nn.Sequential(nn.Linear(latent, 32), activation(), nn.Linear(32, 32), activation(), nn.Linear(32, outputs))


class Then(nn.Module):
    """A perceptron and something after it."""

    def __init__(self, then: Callable[[Tensor], Any], *modules: nn.Module) -> None:
        super().__init__()
        self.net, self.then, self.more = mlp(), then, nn.ModuleList(modules)

    def forward(self, z: Tensor) -> Any:
        return self.then(self.net(z))


class Residual(nn.Sequential):
    def forward(self, input: Tensor) -> Tensor:
        return input + super().forward(input)


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(2, 32), nn.Linear(32, 16)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 1)

    def forward(self, z: Tensor) -> Tensor:
        return self.last(self.encoder(self.first(z).view(-1, 4, 8)).flatten(1))


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, pull: Tensor) -> Tensor:
        return 3 * ctx.saved_tensors[0] ** 2 * pull


class CodeBook(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.codes, self.last = mlp(outputs=4), nn.Embedding(16, 4), nn.Linear(4, 16)

    def forward(self, z: Tensor) -> Tensor:
        near = (8 * self.first(z)[:, None] - self.codes.weight).square().sum(2).argmin(1)
        return self.last(self.codes(near))


def convolutional() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(2, 32),
        nn.Unflatten(1, (2, 4, 4)),
        nn.ConvTranspose2d(2, 8, 4, stride=2, padding=1),
        nn.BatchNorm2d(8),
        nn.SiLU(),
        nn.Conv2d(8, 1, 3, padding=1),
    )


def normed() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 32), nn.LayerNorm(32), nn.GELU(), nn.Linear(32, 16))


def hooked() -> nn.Sequential:
    decoder = mlp()
    decoder[1].register_forward_hook(lambda module, given, out: 2 * out)
    return decoder


def stacked() -> Callable[[Tensor], Tensor]:
    members = [mlp().double() for _ in range(3)]
    weights, buffers = torch.func.stack_module_state(members)  # pyright: ignore[reportArgumentType]
    base = deepcopy(members[0])

    def mean(z: Tensor) -> Tensor:
        one = torch.func.vmap(lambda w, b: torch.func.functional_call(base, (w, b), (z,)))
        return one(weights, buffers).mean(0)

    return mean


def gradient_of(net: nn.Module) -> Callable[[Tensor], Tensor]:
    def gradient(z: Tensor) -> Tensor:
        with torch.enable_grad():
            points = z if z.requires_grad else z.clone().requires_grad_()
            return torch.autograd.grad(net(points).pow(3).sum(), points, create_graph=True)[0]

    return gradient


def gram(x: Tensor) -> Tensor:
    A = x.view(-1, 4, 4)
    return A @ A.mT + torch.eye(4).to(x)


KINDS: dict[str, Callable[[], Any]] = {
    "perceptron, smooth activations": mlp,
    "perceptron, ReLU": lambda: mlp(activation=nn.ReLU),
    "convolutions, batch norm (eval)": convolutional,
    "layer norm": normed,
    "attention (TransformerEncoder)": Attention,
    "gated linear units": lambda: nn.Sequential(nn.Linear(2, 32), nn.GLU(), nn.Linear(16, 16)),
    "Sequential with a forward of its own": lambda: Residual(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2)),
    "forward hook": hooked,
    "stacked ensemble under torch.vmap": stacked,
    "distribution": lambda: Then(lambda x: torch.distributions.Normal(x, 1.0)),
    "dict of one tensor": lambda: Then(lambda x: {"sample": x}),
    "determinant, solve, Householder": lambda: Then(lambda x: torch.linalg.slogdet(gram(x))[1].unsqueeze(1)),
    "autograd.grad inside": lambda: gradient_of(mlp().double()),
    "checkpointing": lambda: Then(lambda x: checkpoint(torch.sin, x, use_reentrant=False)),
    "custom Function, backward only": lambda: Then(Cube.apply),
    "grid_sample": lambda: Then(
        lambda x: F.grid_sample(
            torch.arange(64.0).to(x).sin().view(1, 1, 8, 8).expand(len(x), 1, 8, 8),
            torch.tanh(x).view(-1, 2, 4, 2),
            align_corners=False,
        )
    ),
    "cdist": lambda: Then(lambda x: torch.cdist(x.unsqueeze(1), torch.eye(16).to(x)[:5]).squeeze(1)),
    "a part detached, or under no_grad": lambda: Then(lambda x: x + x.sin().detach()),
}
"""Each is right: tests hold its metric and its Christoffel symbols against differences."""

REFUSED_KINDS: dict[str, Callable[[], Any]] = {
    "code book (VQ)": CodeBook,
    "rounding": lambda: Then(lambda x: (8 * x).round() / 8),
    "16-bit floats inside": lambda: Then(lambda x: x.half().to(x.dtype)),
    "dropout in train mode": lambda: nn.Sequential(nn.Linear(2, 32), nn.Dropout(), nn.Linear(32, 16)),
    "noise drawn inside": lambda: Then(lambda x: x + torch.randn_like(x)),
}


def row(make: Callable[[], Any], training: bool = False) -> tuple[str, str, str]:
    """The route, and the cost of a squared speed and of its gradient in forward passes, by counted operations."""
    torch.manual_seed(0)
    decoder = make()
    if isinstance(decoder, nn.Module):
        decoder = decoder.double().train(training).requires_grad_(False)
    z, v = torch.randn(2, _POINTS, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            metric = lg.PullbackMetric(decoder)
            metric.squared_speed(z, v)
        except lg.DecoderError:
            return REFUSED, "", ""

        def speed() -> None:
            with torch.no_grad():
                metric.squared_speed(z, v)

        def gradient() -> None:
            points = z.clone().requires_grad_()
            torch.autograd.grad(metric.squared_speed(points, v).sum(), points)

        def forward() -> None:
            with torch.no_grad():
                metric.observe(z)

        # the fused kernel of attention is one operation that nobody counts
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            one = _operations(forward)
        finally:
            torch.backends.mha.set_fastpath_enabled(True)
        return str(metric.route), f"{_operations(speed) / one:.1f}", f"{_operations(gradient) / one:.1f}"


def table() -> str:
    """The table as Markdown."""
    lines = ["| decoder | route | squared speed | and its gradient |", "| --- | --- | --- | --- |"]
    for kind, make in (KINDS | REFUSED_KINDS).items():
        lines.append(f"| {' | '.join((kind, *row(make, training=kind in REFUSED_KINDS)))} |")
    return "\n".join(lines)


class _Count(TorchDispatchMode):
    """Counts operations of products; torch's own counter cannot be where a decoder differentiates inside."""

    def __init__(self) -> None:
        super().__init__()
        self.operations = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func._overloadpacket in flop_registry:
            self.operations += flop_registry[func._overloadpacket](*args, **(kwargs or {}), out_val=out)
        return out


def _operations(run: Callable[[], None]) -> float:
    with _Count() as count:
        run()
    return float(count.operations)


if __name__ == "__main__":
    before, _, _ = TABLE.read_text(encoding="utf-8").partition(_MARK)
    TABLE.write_text(f"{before}{_MARK}\n\n{table()}\n", encoding="utf-8")
