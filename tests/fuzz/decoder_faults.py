"""What a decoder may do to torch's derivatives of it, to its own values or to its caller: parts, each (batch, 8) to the
same."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from fuzz.decoder_draw import WIDTH, Apply, Draw, Kind, Part

__all__ = ["FAULTY_PARTS"]


class _BackwardOnly(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx: Any, pull: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return pull * ctx.saved_tensors[0].cos()


class _WrongBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx: Any, pull: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return pull * ctx.saved_tensors[0].cos() * 1.001


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.tanh() * 2

    @staticmethod
    def backward(ctx: Any, pull: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return pull


class _OnceDifferentiable(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, pull: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return pull * ctx.saved_tensors[0].cos()


class _WithJvp(torch.autograd.Function):
    slope = 1.0

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return x.sin()

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(inputs[0])
        ctx.save_for_forward(inputs[0])

    @staticmethod
    def backward(ctx: Any, pull: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return pull * ctx.saved_tensors[0].cos()

    @classmethod
    def jvp(cls, ctx: Any, tangent: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return tangent * ctx.saved_tensors[0].cos() * cls.slope


class _WrongJvp(_WithJvp):
    slope = 0.99


class _Vmapped(_WithJvp):
    generate_vmap_rule = True


class _Wrong2nd(torch.autograd.Function):
    """The first derivative is right, the second is not: the cosine is taken for a constant."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x.cos())
        return x.sin()

    @staticmethod
    def backward(ctx: Any, pull: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return pull * ctx.saved_tensors[0].detach()


def _of(function: Callable[[Tensor], Any]) -> Callable[[Draw], nn.Module]:
    return lambda draw: Apply(function)


def _partly(function: Callable[[Tensor], Tensor]) -> Callable[[Draw], nn.Module]:
    """As a share of the output, small or large."""

    def make(draw: Draw) -> nn.Module:
        share = draw.choice([1.0, 0.3, 1e-2])
        return Apply(lambda x: x + share * function(x))

    return make


def _no_grad(x: Tensor) -> Tensor:
    with torch.no_grad():
        return x.exp()


def _inference(x: Tensor) -> Tensor:
    with torch.inference_mode():
        found = x.exp()
    return found.clone()


def _by_numpy(x: Tensor) -> Tensor:
    return torch.from_numpy(x.detach().numpy().copy()).sin()


def _inner_grad(x: Tensor) -> Tensor:
    with torch.enable_grad():
        y = x if x.requires_grad else x.detach().clone().requires_grad_()
        return torch.autograd.grad((y.sin() * y.roll(1, 1)).sum(), y, create_graph=True)[0]


def _inner_backward(x: Tensor) -> Tensor:
    with torch.enable_grad():
        y = x.detach().clone().requires_grad_()
        y.pow(3).sum().backward()
    assert y.grad is not None
    return y.grad


def _score(x: Tensor) -> Tensor:
    return torch.func.vmap(torch.func.grad(lambda row: (row.sin() * row.roll(1)).sum()))(x)


def _newton(x: Tensor) -> Tensor:
    """y + y^3 = x, by iterations until it stands."""
    y = x.clone()
    for _ in range(50):
        step = (y + y**3 - x) / (1 + 3 * y**2)
        y = y - step
        if float(step.detach().abs().max()) < 1e-14:
            break
    return y


def _fixed_point(x: Tensor) -> Tensor:
    """A deep equilibrium: only the last step is differentiated."""
    with torch.no_grad():
        y = torch.zeros_like(x)
        for _ in range(80):
            y = 0.3 * torch.tanh(y + x)
    return 0.3 * torch.tanh(y + x)


def _code_book(x: Tensor) -> Tensor:
    codes = torch.linspace(-1, 1, 5).to(x)
    return codes[(x.unsqueeze(-1) - codes).abs().argmin(-1)]


def _straight_code(x: Tensor) -> Tensor:
    return x + (_code_book(x) - x).detach()


def _on_input_itself(x: Tensor) -> Tensor:
    return x.mul_(2).add_(0.1)


class _Cached(nn.Module):
    """The last answer is kept for the same points, told by their values."""

    def __init__(self, key: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.key, self.known, self.value = key, None, torch.zeros(())

    def forward(self, x: Tensor) -> Tensor:
        key = self.key(x)
        if key != self.known:
            self.known, self.value = key, x.sin().detach()
        return self.value


class _Counting(nn.Module):
    def __init__(self, by: float) -> None:
        super().__init__()
        self.calls, self.by = 0, by

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return x.sin() * (1 + self.by * self.calls)


class _Buffered(nn.Module):
    """A running mean that goes on in evaluation mode."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        self.mean.mul_(0.9).add_(0.1 * x.detach().mean(0))
        return x - self.mean


class _Trained(nn.Module):
    """Stays in train mode, whatever `eval` is told."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def train(self, mode: bool = True) -> nn.Module:
        return super().train(True)

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x)


def _raises(error: Exception) -> Callable[[Tensor], Tensor]:
    def run(x: Tensor) -> Tensor:
        raise error

    return run


def _saved(x: Tensor) -> Tensor:
    return checkpoint(lambda y: y.sin() * y, x, use_reentrant=False)


def _saved_reentrant(x: Tensor) -> Tensor:
    return checkpoint(lambda y: y.sin() * y, x, use_reentrant=True)


def _apply(function: type[torch.autograd.Function]) -> Callable[[Tensor], Tensor]:
    return lambda x: function.apply(x)  # pyright: ignore[reportReturnType]


# right by some route: differences of values at least
_CURABLE: dict[str, Callable[[Draw], nn.Module]] = {
    "backward only": _of(_apply(_BackwardOnly)),
    "wrong backward": _partly(_apply(_WrongBackward)),
    "straight through": _partly(_apply(_StraightThrough)),
    "once differentiable": _of(_apply(_OnceDifferentiable)),
    "with jvp": _of(_apply(_WithJvp)),
    "wrong jvp": _partly(_apply(_WrongJvp)),
    "with jvp and vmap": _of(_apply(_Vmapped)),
    "wrong second derivative": _partly(_apply(_Wrong2nd)),
    "detach": _partly(lambda x: x.detach().sin()),
    "all detached": _of(lambda x: x.detach().sin()),
    "data": _partly(lambda x: x.data.sin()),
    "detached scale": _of(lambda x: x / (1 + x.square().sum(1, keepdim=True)).detach()),
    "no_grad": _partly(_no_grad),
    "inference_mode": _partly(_inference),
    "numpy": _of(_by_numpy),
    "tolist": _of(lambda x: torch.tensor(x.detach().tolist(), dtype=x.dtype).sin()),
    "item": _of(lambda x: torch.stack([r * float(r.detach()[0]) for r in x])),
    "inner grad": _of(_inner_grad),
    "inner backward": _partly(_inner_backward),
    "inner vmap of grad": _of(_score),
    "inner vmap": _of(lambda x: torch.func.vmap(lambda row: row.sin() * row.sum())(x)),
    "inner jvp": _of(lambda x: torch.func.jvp(torch.sin, (x,), (x.cos(),))[1]),
    "inner vmap of jacfwd": _of(lambda x: torch.func.vmap(torch.func.jacfwd(lambda r: r.sin() * r.sum()))(x).sum(1)),
    "inner jacrev": _of(lambda x: torch.func.vmap(torch.func.jacrev(lambda r: r.sin() * r.sum()))(x).sum(2)),
    "inner hessian": _of(lambda x: torch.func.vmap(torch.func.hessian(lambda r: (r.sin() * r.sum()).sum()))(x).sum(2)),
    "inner vjp": _of(lambda x: torch.func.vjp(torch.sin, x)[1](x.exp())[0]),
    "checkpoint": _of(_saved),
    "checkpoint reentrant": _of(_saved_reentrant),
    "Newton's method": _of(_newton),
    "fixed point": _of(_fixed_point),
    "set_grad_enabled": _of(lambda x: torch.set_grad_enabled(False)(torch.sin)(x)),
    "in place on itself": _of(_on_input_itself),
    "cached by values": lambda draw: _Cached(lambda x: x.detach().tolist()),
    "cached by bytes": lambda draw: _Cached(lambda x: (tuple(x.shape), x.detach().contiguous().numpy().tobytes())),
    "register_hook": _of(lambda x: _hooked(x.sin())),
    "gradient reversal": _of(lambda x: 2 * x.sin().detach() - x.sin()),
    "requires_grad inside": _of(lambda x: x.detach().clone().requires_grad_().sin()),
    "functorch in no_grad": _of(lambda x: torch.no_grad()(torch.func.vmap(torch.sin))(x)),
}

# a right answer or a refusal
_DOUBTFUL: dict[str, Callable[[Draw], nn.Module]] = {
    # in float32 half is smooth enough
    "half": _of(lambda x: x.half().sin().to(x)),
    "bfloat16": _of(lambda x: x.bfloat16().sin().to(x)),
    "steep": _of(lambda x: torch.tanh(2e3 * x)),
    "fast": _of(lambda x: torch.sin(300 * x)),
    "float inside": _of(lambda x: x.float().sin().to(x)),
    "trunc of small": _of(lambda x: x + (1e9 * x).round() / 1e9),
    "sqrt of square": _of(lambda x: x.square().sum(1, keepdim=True).sqrt() * x),
    "batch of one each": _of(lambda x: torch.cat([F.layer_norm(row[None], (WIDTH,)) for row in x])),
    "random but seeded": _of(lambda x: x.sin() * torch.randn(WIDTH, generator=torch.Generator().manual_seed(1)).to(x)),
    "log of negative": _of(lambda x: torch.log(x + 0.9)),
    "overflow": _of(lambda x: torch.exp(800 * x)),
}

# refused where a probe meets a jump, right where all is between two
_JUMPING: dict[str, Callable[[Draw], nn.Module]] = {
    "round": _partly(lambda x: (4 * x).round() / 4),
    "floor": _of(lambda x: (8 * x).floor()),
    "sign": _of(torch.sign),
    "ceil straight through": _of(lambda x: x + ((4 * x).ceil() / 4 - x).detach()),
    "code book": _of(_code_book),
    "code book straight through": _of(_straight_code),
    "one hot": _of(lambda x: F.one_hot(x.argmax(1), WIDTH).to(x)),
    "quantised": _of(lambda x: torch.fake_quantize_per_tensor_affine(x.float(), 0.05, 0, -128, 127).to(x)),
    # random where its input is negative
    "RReLU in train": lambda draw: _Trained(nn.RReLU()),
}

_REFUSED: dict[str, Callable[[Draw], nn.Module]] = {
    "dropout in train": lambda draw: _Trained(nn.Dropout(0.5)),
    "functional dropout": _of(lambda x: F.dropout(x)),
    "noise": _partly(torch.randn_like),
    "BatchNorm in train": lambda draw: _Trained(nn.BatchNorm1d(WIDTH)),
    "centred by the batch": _of(lambda x: x - x.mean(0)),
    "attention over the batch": _of(lambda x: torch.softmax(x @ x.mT, 1) @ x),
    "counting": lambda draw: _Counting(0.1),
    "running mean": lambda draw: _Buffered(),
    "cached by shape": lambda draw: _Cached(lambda x: tuple(x.shape)),
    "NaN": _of(lambda x: x / 0 * 0),
    "infinity": _of(lambda x: x / x.new_zeros(())),
    "raises ValueError": _of(_raises(ValueError("two\nlines"))),
    "raises KeyError": _of(_raises(KeyError("weight"))),
    "raises StopIteration": _of(_raises(StopIteration())),
    "raises NotImplementedError": _of(_raises(NotImplementedError())),
    "raises RuntimeError": _of(_raises(RuntimeError("of a shape\nand a dtype"))),
    "asserts": _of(_raises(AssertionError())),
}


def _hooked(x: Tensor) -> Tensor:
    if x.requires_grad:
        x.register_hook(lambda pull: 2 * pull)
    return x


FAULTY_PARTS: tuple[Part, ...] = (
    *(Part(name, make, Kind.SMOOTH) for name, make in _CURABLE.items()),
    *(Part(name, make, Kind.ODD) for name, make in (_DOUBTFUL | _JUMPING).items()),
    *(Part(name, make, Kind.REFUSED) for name, make in _REFUSED.items()),
)
