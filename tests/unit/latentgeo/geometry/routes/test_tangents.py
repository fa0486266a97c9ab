"""The cheaper forward-mode rules against torch's own, alone and under further derivatives."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from latentgeo.geometry.routes.tangents import CheapTangents, tanh


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


W = draw(4, 3)
FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda z: F.linear(z, W, W[:, 0]),
    "linear without bias": lambda z: F.linear(z, W),
    "keyword": lambda z: F.linear(z, W, bias=W[:, 0]),
    "matmul": lambda z: z @ W.t() + torch.matmul(z, W.t()) + torch.mm(z, W.t()),
    "weight that moves": lambda z: F.linear(z, z[:2] * 2, z[0, :2]),
    "from the left": lambda z: W @ z.t(),
    "tanh": lambda z: torch.tanh(z) + z.tanh(),
    "conv1d": lambda z: F.conv1d(z.unsqueeze(1), W[:, None], W[:, 0], 2, 1),
    "conv2d": lambda z: F.conv2d(z.view(-1, 1, 1, 3), W.view(4, 1, 1, 3), None, 1, (0, 2)),
    "conv2d, padding by name": lambda z: F.conv2d(z.view(-1, 1, 1, 3), W.view(4, 1, 1, 3), W[:, 0], padding="same"),
    "conv3d": lambda z: F.conv3d(z.view(-1, 1, 1, 1, 3), W.view(4, 1, 1, 1, 3), W[:, 0], 1, (0, 1, 1)),
    "conv_transpose1d": lambda z: F.conv_transpose1d(z.unsqueeze(1), W[:1, None], W[0, :1], 2, 1, 1),
    "conv_transpose2d": lambda z: F.conv_transpose2d(z.view(-1, 3, 1, 1), W.view(3, 4, 1, 1), W[:, 0], 2, 0, 1),
    "conv_transpose3d": lambda z: F.conv_transpose3d(z.view(-1, 3, 1, 1, 1), W.view(3, 4, 1, 1, 1)),
}
EVERY = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())


def along(function: Callable[[Tensor], Tensor], cheap: bool) -> Callable[[Tensor, Tensor], Tensor]:
    def derivative(z: Tensor, v: Tensor) -> Tensor:
        if cheap:
            with CheapTangents():
                return torch.func.jvp(function, (z,), (v,))[1]
        return torch.func.jvp(function, (z,), (v,))[1]

    return derivative


@EVERY
def test_first_and_second_derivatives_are_torch_s_own(function: Callable[[Tensor], Tensor]) -> None:
    z, v = draw(2, 5, 3)

    def curved(derivative: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        return lambda z: derivative(z * z, v).square().sum()

    cheap, own = along(function, True), along(function, False)
    torch.testing.assert_close(cheap(z, v), own(z, v))
    for transform in (
        lambda f: torch.func.grad(f)(z),
        lambda f: torch.func.jvp(f, (z,), (v,))[1],
        lambda f: torch.func.hessian(f)(z),
        lambda f: torch.func.jvp(lambda p: torch.func.jvp(f, (p,), (v,))[1], (z,), (v,))[1],
    ):
        torch.testing.assert_close(transform(curved(cheap)), transform(curved(own)))
    found, expected = (torch.func.vmap(lambda w, d=d: d(z, w))(torch.stack([z, v])) for d in (cheap, own))
    torch.testing.assert_close(found, expected)


def test_a_linear_layer_is_applied_twice_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    class Count(torch.utils._python_dispatch.TorchDispatchMode):
        products = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            self.products += func in (torch.ops.aten.mm.default, torch.ops.aten.addmm.default)
            return func(*args, **(kwargs or {}))

    layer = nn.Linear(3, 4).double()
    with Count() as count:
        along(layer, True)(*draw(2, 5, 3))
    assert count.products == 2


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-15), (torch.float32, 5e-7)])
def test_tanh(dtype: torch.dtype, tolerance: float) -> None:
    a = torch.cat([torch.linspace(-30, 30, 1001), torch.tensor([0.0, 1e-9, 1e4, -1e4, torch.inf, -torch.inf])])
    torch.testing.assert_close(tanh(a.to(dtype)), torch.tanh(a.to(dtype)), rtol=0, atol=tolerance)
    assert tanh(torch.tensor([torch.nan])).isnan().all()
    assert torch.autograd.gradcheck(tanh, draw(5).requires_grad_())
