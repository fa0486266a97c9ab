"""What generated decoders return, and what is wrapped around them."""

from collections import OrderedDict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fuzz.decoder_draw import Apply, Draw, Kind

__all__ = ["OUTPUTS", "WRAPPERS", "Returned", "Wrapped"]

Pair = namedtuple("Pair", ("mean", "scale"))


@dataclass
class Record:
    """What a decoder may return."""

    mean: Tensor
    log_scale: Tensor


@dataclass
class Lonely:
    """A record of one tensor, and of what is none."""

    mean: Tensor
    steps: int = 3


@dataclass(frozen=True)
class Returned:
    """An output: how it is made of a tensor (batch, obs), its name, and how good it is.

    Attributes:
        make: From the tensor.
        picked: The observation's name for `output=`.
        kind: How good it is.
        value: The observation of what is returned, (batch, ...).
    """

    make: Callable[[Tensor], Any]
    picked: str | int | None = None
    kind: Kind = Kind.SMOOTH
    value: Callable[[Any], Tensor] = lambda returned: returned


OUTPUTS: dict[str, Returned] = {
    "tensor": Returned(lambda x: x),
    "image": Returned(lambda x: x[:, None, :, None]),
    "tuple of one": Returned(lambda x: (x,), value=lambda r: r[0]),
    "tuple": Returned(lambda x: (x.detach() * 0, x), 1, value=lambda r: r[1]),
    "list": Returned(lambda x: [x, None, x.exp()], 0, value=lambda r: r[0]),
    "dict": Returned(lambda x: {"mean": x, "scale": x.exp()}, "mean", value=lambda r: r["mean"]),
    "ordered dict": Returned(lambda x: OrderedDict(mean=x, kind="a"), value=lambda r: r["mean"]),
    "dataclass": Returned(lambda x: Record(x, x.sin()), "mean", value=lambda r: r.mean),
    "dataclass of one": Returned(Lonely, value=lambda r: r.mean),
    "namedtuple": Returned(lambda x: Pair(x, x.exp()), "mean", value=lambda r: r.mean),
    "Normal": Returned(lambda x: torch.distributions.Normal(x, 1 + x.square()), value=lambda r: r.mean),
    "Normal unchecked": Returned(
        lambda x: torch.distributions.Normal(x, 1 + x.square(), validate_args=False), value=lambda r: r.mean
    ),
    "Bernoulli": Returned(lambda x: torch.distributions.Bernoulli(logits=x), value=lambda r: r.mean),
    "Beta": Returned(lambda x: torch.distributions.Beta(x.exp(), (2 * x).exp()), value=lambda r: r.mean),
    "Gamma": Returned(lambda x: torch.distributions.Gamma(x.exp(), 1 + x.square()), value=lambda r: r.mean),
    "Poisson": Returned(lambda x: torch.distributions.Poisson(x.exp()), value=lambda r: r.mean),
    "LogNormal": Returned(lambda x: torch.distributions.LogNormal(x, x.sigmoid()), value=lambda r: r.mean),
    "StudentT": Returned(lambda x: torch.distributions.StudentT(5.0, x, 1.0), value=lambda r: r.mean),
    "MultivariateNormal": Returned(
        lambda x: torch.distributions.MultivariateNormal(x, torch.eye(x.shape[1]).to(x)), value=lambda r: r.mean
    ),
    "mixture": Returned(
        lambda x: torch.distributions.MixtureSameFamily(
            torch.distributions.Categorical(logits=x), torch.distributions.Normal(x, 1.0)
        ),
        kind=Kind.ODD,
        value=lambda r: r.mean,
    ),
    "Independent": Returned(
        lambda x: torch.distributions.Independent(torch.distributions.Normal(x, 1.0), 1), value=lambda r: r.mean
    ),
    "dict of distribution": Returned(
        lambda x: {"p": torch.distributions.Normal(x, 1.0), "n": 3}, value=lambda r: r["p"].mean
    ),
    "non-contiguous": Returned(lambda x: torch.stack([x, x.sin()], 1).mT),
    "transposed": Returned(lambda x: x.T.contiguous().T),
    "expanded": Returned(lambda x: x.unsqueeze(1).expand(-1, 3, -1)),
    "one expanded": Returned(lambda x: x[:, :1].expand(-1, 4)),
    "flipped": Returned(lambda x: x.flip(1)),
    "strided": Returned(lambda x: torch.cat([x, x.sin()], 1)[:, ::2]),
    "tiny": Returned(lambda x: x * 1e-8),
    "tiniest": Returned(lambda x: x * 1e-30, kind=Kind.ODD),
    "huge": Returned(lambda x: x * 1e8),
    "hugest": Returned(lambda x: x * 1e30, kind=Kind.ODD),
    "far": Returned(lambda x: x + 1e3),
    "mixed scales": Returned(lambda x: torch.cat([x, 1e4 * x.sin(), 1e-4 * x.cos()], 1)),
    "constant beside": Returned(lambda x: torch.cat([x, torch.ones_like(x)], 1)),
    "complex": Returned(lambda x: torch.complex(x, x.sin()), kind=Kind.REFUSED),
    "integer": Returned(lambda x: (x * 1e3).long(), kind=Kind.REFUSED),
    "boolean": Returned(lambda x: x > 0, kind=Kind.REFUSED),
    "half": Returned(lambda x: x.half(), kind=Kind.REFUSED),
    "other dtype": Returned(lambda x: x.float() if x.dtype == torch.float64 else x.double(), kind=Kind.REFUSED),
    "sum": Returned(lambda x: x.sum(), kind=Kind.REFUSED),
    "one a point": Returned(lambda x: x.sum(1), kind=Kind.REFUSED),
    "no outputs": Returned(lambda x: x[:, :0], kind=Kind.REFUSED),
    "more rows": Returned(lambda x: torch.cat([x, x]), kind=Kind.REFUSED),
    "first row": Returned(lambda x: x[:1], kind=Kind.REFUSED),
    "two unnamed": Returned(lambda x: (x, x.sin()), kind=Kind.REFUSED),
    "misnamed": Returned(lambda x: {"mean": x}, "mu", kind=Kind.REFUSED),
    "None": Returned(lambda x: None, kind=Kind.REFUSED),
    "text": Returned(lambda x: "x", kind=Kind.REFUSED),
    "numpy": Returned(lambda x: x.detach().numpy(), kind=Kind.REFUSED),
    "empty dict": Returned(lambda x: {}, kind=Kind.REFUSED),
    "nested tuple": Returned(lambda x: ((x, x), (x, x)), kind=Kind.REFUSED),
    "nested jagged": Returned(lambda x: torch.nested.as_nested_tensor(list(x)), kind=Kind.REFUSED),
    "nested layout": Returned(lambda x: torch.nested.as_nested_tensor(list(x), layout=torch.jagged), kind=Kind.REFUSED),
    "sparse": Returned(lambda x: x.to_sparse(), kind=Kind.ODD, value=lambda r: r.to_dense()),
    "Categorical": Returned(lambda x: torch.distributions.Categorical(logits=x), kind=Kind.REFUSED),
    "Cauchy": Returned(lambda x: torch.distributions.Cauchy(x, 1.0), kind=Kind.REFUSED),
    "meta": Returned(lambda x: x.to("meta"), kind=Kind.REFUSED),
    "parameter": Returned(lambda x: nn.Parameter(x.detach()), kind=Kind.SMOOTH),
}


@dataclass(frozen=True)
class Wrapped:
    """Something done to a module that decodes.

    Attributes:
        make: The decoder from the module, (draw, module) -> callable.
        kind: How good it is.
        undo: What ends it, where it is done to all modules.
    """

    make: Callable[[Draw, nn.Module], Callable[[Tensor], Any]]
    kind: Kind = Kind.SMOOTH


def _hooked(draw: Draw, module: nn.Module) -> nn.Module:
    bend = draw.choice([1.0, 0.5])
    module.register_forward_hook(lambda m, args, out: out * out * bend + out if isinstance(out, Tensor) else out)
    return module


def _inner_hook(draw: Draw, module: nn.Module) -> nn.Module:
    child = draw.choice([child for child in module.modules() if not list(child.children())])
    child.register_forward_hook(lambda m, args, out: out + out.sin() if isinstance(out, Tensor) else out)
    return module


def _kwargs_hook(draw: Draw, module: nn.Module) -> nn.Module:
    module.register_forward_pre_hook(lambda m, args, kwargs: ((args[0].sin(),), kwargs), with_kwargs=True)
    return module


def _pre_hooked(draw: Draw, module: nn.Module) -> nn.Module:
    module.register_forward_pre_hook(lambda m, args: (args[0] + args[0].sin(),))
    return module


def _replaced(draw: Draw, module: nn.Module) -> nn.Module:
    before = module.forward
    module.forward = lambda z: before(z.sin())
    return module


def _replaced_inside(draw: Draw, module: nn.Module) -> nn.Module:
    child = draw.choice([child for child in module.modules() if isinstance(child, nn.Linear)])
    before = child.forward
    child.forward = lambda input: before(input.sin())
    return module


def _called_oddly(draw: Draw, module: nn.Module) -> nn.Module:
    """A class whose call does more than its forward."""

    class Odd(type(module)):
        def __call__(self, z: Tensor) -> Any:
            return super().__call__(z.sin())

    module.__class__ = Odd
    return module


def _sub_linear(draw: Draw, module: nn.Module) -> nn.Module:
    class Masked(nn.Linear):
        def forward(self, input: Tensor) -> Tensor:
            return super().forward(input).sin()

    for child in module.modules():
        if type(child) is nn.Linear:
            child.__class__ = Masked
    return module


def _traced(draw: Draw, module: nn.Module) -> Callable[[Tensor], Any]:
    first = next(child for child in module.modules() if isinstance(child, nn.Linear))
    try:
        return torch.jit.trace(module, draw.tensor(3, first.in_features), check_trace=False)
    except Exception:
        # not every module can be traced
        return module


def _inferred(draw: Draw, module: nn.Module) -> nn.Module:
    with torch.inference_mode():
        for child in module.modules():
            for name, weight in child.named_parameters(recurse=False):
                setattr(child, name, nn.Parameter(weight.clone(), requires_grad=False))
    return module


class _Shared(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, z: Tensor, scale: float = 1.0, *, steps: int = 2) -> Any:
        return self.inner(scale * z)


class _WithMethod:
    def __init__(self, module: nn.Module) -> None:
        self.module = module

    def decode(self, z: Tensor) -> Any:
        return self.module(z)

    def __call__(self, z: Tensor) -> Any:
        return self.module(z)


WRAPPERS: dict[str, Wrapped] = {
    "none": Wrapped(lambda draw, m: m),
    "module": Wrapped(lambda draw, m: Apply(m)),
    "function": Wrapped(lambda draw, m: lambda z: m(z)),
    "method": Wrapped(lambda draw, m: _WithMethod(m).decode),
    "object": Wrapped(lambda draw, m: _WithMethod(m)),
    "forward with more arguments": Wrapped(lambda draw, m: _Shared(m)),
    "vmapped point by point": Wrapped(lambda draw, m: torch.vmap(lambda z: m(z[None])[0]), Kind.ODD),
    "hook": Wrapped(_hooked),
    "inner hook": Wrapped(_inner_hook),
    "pre-hook": Wrapped(_pre_hooked),
    "pre-hook with kwargs": Wrapped(_kwargs_hook),
    "replaced forward": Wrapped(_replaced),
    "replaced forward inside": Wrapped(_replaced_inside),
    "subclass with a call": Wrapped(_called_oddly),
    "subclass of Linear": Wrapped(_sub_linear),
    "traced": Wrapped(_traced, Kind.ODD),
    "weights of inference mode": Wrapped(_inferred),
    "no_grad": Wrapped(lambda draw, m: torch.no_grad()(lambda z: m(z))),
    "inference_mode": Wrapped(lambda draw, m: torch.inference_mode()(lambda z: m(z))),
    "frozen": Wrapped(lambda draw, m: m.requires_grad_(False)),
    "input in place": Wrapped(lambda draw, m: lambda z: m(z.mul_(2).sub_(0.1))),
    "input clamped in place": Wrapped(lambda draw, m: lambda z: m(z.sin_())),
    "one unbatched call": Wrapped(lambda draw, m: lambda z: torch.cat([m(row[None]) for row in z]), Kind.ODD),
    "rescaled": Wrapped(lambda draw, m: Apply(lambda z: m(z * 3))),
}
