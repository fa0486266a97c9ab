"""The smallest reproduction of each fault of torch that is worked around; a test fails when torch mends it."""

import threading
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.nn import functional as F

from latentgeo.torch_faults import SUBSTITUTES

X = torch.tensor([[0.3, -1.2, 0.7, 2.0], [1.5, 0.1, -0.4, -0.9]], dtype=torch.float64)
V = torch.tensor([[1.0, 0.2, -0.5, 0.3], [-0.7, 1.1, 0.4, 0.6]], dtype=torch.float64)


def along(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda x: torch.func.jvp(function, (x,), (V,))[1]


def second(function: Callable[[Tensor], Tensor]) -> Tensor:
    return along(along(function))(X)


def by_differences(function: Callable[[Tensor], Tensor], step: float = 1e-4) -> Tensor:
    slope = along(function)
    return (slope(X + step * V) - slope(X - step * V)) / (2 * step)


NORMS: dict[str, tuple[Callable[..., Tensor], Callable[[Callable[..., Tensor]], Callable[[Tensor], Tensor]]]] = {
    "layer norm": (F.layer_norm, lambda norm: lambda x: norm(x, (4,))),
    "instance norm": (F.instance_norm, lambda norm: lambda x: norm(x.unsqueeze(1))),
}


@pytest.mark.parametrize("name", NORMS)
def test_second_derivatives_take_mean_and_deviation_for_constants(name: str) -> None:
    function, of = NORMS[name]
    true = by_differences(of(function))
    torch.testing.assert_close(second(of(SUBSTITUTES[function])), true, rtol=1e-6, atol=1e-7)
    assert float((second(of(function)) - true).abs().max()) > 0.1 * float(true.abs().max())


def test_group_norm_has_no_forward_mode_where_channels_come_last() -> None:
    weight, bias = torch.tensor([0.5, 2.0]).double(), torch.tensor([-1.0, 3.0]).double()

    def channels_last(norm: Callable[..., Tensor]) -> Callable[[Tensor], Tensor]:
        return lambda x: norm(torch.cat([x, x * x], 1).reshape(-1, 2, 2, 2).permute(0, 3, 1, 2), 2, weight, bias, 1e-3)

    substitute = channels_last(SUBSTITUTES[F.group_norm])
    torch.testing.assert_close(substitute(X), channels_last(F.group_norm)(X), rtol=1e-12, atol=0)
    torch.testing.assert_close(second(substitute), by_differences(substitute), rtol=1e-6, atol=1e-7)
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        along(channels_last(F.group_norm))(X)


def test_a_gated_linear_unit_has_no_second_forward_mode_derivative() -> None:
    true = by_differences(F.glu)
    torch.testing.assert_close(second(SUBSTITUTES[F.glu]), true, rtol=1e-6, atol=1e-7)
    with pytest.raises(NotImplementedError):
        second(F.glu)


def test_attention_has_no_forward_mode() -> None:
    weight, bias = torch.eye(4).double().repeat(3, 1), torch.zeros(12).double()

    def attention(attend: Callable[..., tuple[Tensor, Tensor | None]]) -> Callable[[Tensor], Tensor]:
        def of(x: Tensor) -> Tensor:
            rows = x.unsqueeze(1)
            out, b = torch.eye(4).double(), bias[:4]
            settings = {"training": False, "need_weights": False}
            return attend(rows, rows, rows, 4, 2, weight, bias, None, None, False, 0.0, out, b, **settings)[0].squeeze(
                1
            )

        return of

    substitute = attention(SUBSTITUTES[F.multi_head_attention_forward])
    torch.testing.assert_close(second(substitute), by_differences(substitute), rtol=1e-5, atol=1e-6)
    with pytest.raises(NotImplementedError):
        along(attention(F.multi_head_attention_forward))(X)


def test_levels_of_forward_mode_are_counted_once_for_all_threads() -> None:
    inside, done = threading.Event(), threading.Event()

    def other() -> None:
        with forward_ad.dual_level():
            inside.set()
            done.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    try:
        assert inside.wait(10)
        with pytest.raises(RuntimeError, match="Nested forward mode"):
            forward_ad.enter_dual_level()
    finally:
        done.set()
        thread.join()


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_forward(*inputs)

    @staticmethod
    def jvp(ctx, tangent: Tensor) -> Tensor:
        return 3 * ctx.saved_tensors[0] ** 2 * tangent


def test_a_function_s_forward_mode_within_forward_mode_loses_the_outer_tangent() -> None:
    assert float(by_differences(Cube.apply).abs().max()) > 1
    assert not bool(second(Cube.apply).any())
