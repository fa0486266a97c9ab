"""What generated decoders are made of: layers and functions of torch, each (batch, 8) -> (batch, 8)."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, weight_norm

from fuzz.decoder_draw import WIDTH, Apply, Draw, Kind, Part

__all__ = ["ACTIVATIONS", "PARTS"]

N = WIDTH


def _trained(module: nn.Module) -> nn.Module:
    """Running statistics as if of a training."""
    for child in module.modules():
        for name, buffer in child.named_buffers(recurse=False):
            if name == "running_mean":
                buffer.normal_(0, 0.3)
            elif name == "running_var":
                buffer.uniform_(0.5, 1.5)
    return module


def _shaped(module: Callable[[], nn.Module], *shape: int) -> Callable[[Draw], nn.Module]:
    """A module that wants its input in some shape; what it returns is pooled or mapped to 8 numbers again."""

    def make(draw: Draw) -> nn.Module:
        inner = _trained(module())
        with torch.no_grad():
            size = inner.eval()(torch.randn(2, *shape)).flatten(1).shape[1]
        last = nn.Identity() if size == N else nn.Linear(size, N)
        first = nn.Identity() if torch.Size(shape).numel() == N else nn.Linear(N, torch.Size(shape).numel())
        return nn.Sequential(first, nn.Unflatten(1, shape), inner, nn.Flatten(1), last)

    return make


def _module(module: Callable[[], nn.Module]) -> Callable[[Draw], nn.Module]:
    return lambda draw: _trained(module())


def _plain(function: Callable[[Tensor], Tensor]) -> Callable[[Draw], nn.Module]:
    return lambda draw: Apply(function)


def _of_positive(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda x: function(x.square() + 0.5)


def _weighted(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Draw], nn.Module]:
    """A function of the input and of a square matrix."""

    def make(draw: Draw) -> nn.Module:
        A = draw.square()
        return Apply(lambda x: function(x, A))

    return make


def _matrices(function: Callable[[Tensor], Tensor]) -> Callable[[Draw], nn.Module]:
    """A function of 2 x 2 ... of 4 x 4 matrices that depend on the input and are well conditioned."""

    def make(draw: Draw) -> nn.Module:
        size = draw.choice([2, 3, 4])
        A, out = draw.tensor(N, size * size, scale=0.2), draw.square()
        eye = torch.eye(size, dtype=draw.dtype) * torch.arange(1, size + 1).to(draw.dtype)

        def run(x: Tensor) -> Tensor:
            found = function(eye + (x @ A).unflatten(1, (size, size))).flatten(1)
            return torch.cat([x, found], 1)[:, -N:] @ out

        return Apply(run)

    return make


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        h = x.unflatten(1, (2, 4))
        return (h + self.inner(h, h, h)[0]).flatten(1)


class _Recurrent(nn.Module):
    def __init__(self, kind: type[nn.Module], cell: bool) -> None:
        super().__init__()
        self.cell = cell
        self.inner = kind(N, N) if cell else kind(4, N, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        found = self.inner(x if self.cell else x.unflatten(1, (2, 4)))
        if self.cell:
            return found[0] if isinstance(found, tuple) else found
        return found[0][:, -1]


class _Bilinear(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Bilinear(N, N, N)

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x, torch.tanh(x))


class _Residual(nn.Sequential):
    def forward(self, input: Tensor) -> Tensor:
        return input + super().forward(input)


class _SoftCode(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.codes = nn.Embedding(5, N)

    def forward(self, x: Tensor) -> Tensor:
        return torch.softmax(x @ self.codes.weight.T, 1) @ self.codes(torch.arange(5, device=x.device))


class _Complex(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        c = torch.exp(torch.complex(0.1 * x[:, :4], x[:, 4:]))
        return torch.view_as_real(c * c.conj().roll(1, 1) + c).flatten(1)


def _grid_sample(x: Tensor, A: Tensor) -> Tensor:
    # smooth inside a cell only
    image = A.expand(len(x), 1, N, N)
    places = x.view(-1, 1, 4, 2)
    return torch.cat([F.grid_sample(image, places, align_corners=True).flatten(1), x[:, :4]], 1)


def _complex_matrix(x: Tensor, A: Tensor) -> Tensor:
    h = torch.complex(x @ A, x).unflatten(1, (2, 4))
    return torch.einsum("bij,bkj->bik", h, h.conj()).abs().flatten(1).repeat(1, 2) + x


def _scatter(x: Tensor) -> Tensor:
    index = torch.tensor([0, 1, 1, 3, 4, 4, 6, 0], device=x.device)
    return torch.zeros_like(x).scatter_add(1, index.expand_as(x), x)


def _in_place(x: Tensor) -> Tensor:
    h = x.clone()
    h[:, :4] *= h[:, 4:].sin()
    h[:, 4:].add_(x[:, :4])
    h += 1
    return h.mul_(x)


def _in_buffer(x: Tensor) -> Tensor:
    h = torch.empty_like(x)
    for column in range(N):
        h[:, column] = x[:, column] * x[:, (column + 1) % N].cos()
    return h


def _symmetric(x: Tensor) -> Tensor:
    return x + x.mT


def _positive(x: Tensor) -> Tensor:
    return x @ x.mT + torch.eye(x.shape[-1]).to(x)


def _two(found: Any) -> Tensor:
    return torch.cat([part.flatten(1) for part in found], 1)


def _cholesky_mean(x: Tensor) -> Tensor:
    return torch.distributions.MultivariateNormal(x[..., 0], _positive(x)).log_prob(torch.ones_like(x[..., 0]))[:, None]


ACTIVATIONS: dict[str, tuple[Callable[[], nn.Module], Kind]] = {
    **{
        kind.__name__: (kind, Kind.SMOOTH)
        for kind in (nn.Tanh, nn.Sigmoid, nn.Softplus, nn.SiLU, nn.GELU, nn.Mish, nn.LogSigmoid, nn.Tanhshrink)
    },
    "GELU tanh": (lambda: nn.GELU("tanh"), Kind.SMOOTH),
    "Softplus 3": (lambda: nn.Softplus(3.0), Kind.SMOOTH),
    **{
        kind.__name__: (kind, Kind.KINKED)
        for kind in (
            nn.ELU, nn.SELU, nn.CELU, nn.Softsign, nn.ReLU, nn.LeakyReLU, nn.ReLU6, nn.Hardtanh, nn.Hardswish,
            nn.Hardsigmoid, nn.Softshrink, nn.PReLU, nn.RReLU,
        )
    },
    "Threshold": (lambda: nn.Threshold(0.1, 0.1), Kind.KINKED),
    "ELU in place": (lambda: nn.ELU(0.7, inplace=True), Kind.KINKED),
    "SiLU in place": (lambda: nn.SiLU(inplace=True), Kind.SMOOTH),
    "Hardshrink": (lambda: nn.Hardshrink(0.1), Kind.ODD),
}  # fmt: skip

_LAYERS: dict[str, Callable[[Draw], nn.Module]] = {
    "LayerNorm": _module(lambda: nn.LayerNorm(N)),
    "LayerNorm 2-D": _shaped(lambda: nn.LayerNorm([2, 4]), 2, 4),
    "GroupNorm": _module(lambda: nn.GroupNorm(2, N)),
    "GroupNorm 2-D": _shaped(lambda: nn.GroupNorm(2, 4), 4, 2, 3),
    "InstanceNorm1d": _shaped(lambda: nn.InstanceNorm1d(2, affine=True), 2, 4),
    "InstanceNorm2d": _shaped(lambda: nn.InstanceNorm2d(2), 2, 2, 3),
    "InstanceNorm1d running": _shaped(lambda: nn.InstanceNorm1d(2, track_running_stats=True), 2, 4),
    "BatchNorm1d": _module(lambda: nn.BatchNorm1d(N)),
    "BatchNorm2d": _shaped(lambda: nn.BatchNorm2d(2), 2, 2, 2),
    "BatchNorm3d": _shaped(lambda: nn.BatchNorm3d(2), 2, 2, 2, 1),
    "RMSNorm": _module(lambda: nn.RMSNorm(N)),
    "LocalResponseNorm": _shaped(lambda: nn.LocalResponseNorm(2, alpha=0.5), 4, 2),
    "weight_norm legacy": _module(lambda: weight_norm(nn.Linear(N, N))),
    "weight_norm": _module(lambda: parametrizations.weight_norm(nn.Linear(N, N))),
    "spectral_norm legacy": _module(lambda: nn.utils.spectral_norm(nn.Linear(N, N))),
    "spectral_norm": _module(lambda: parametrizations.spectral_norm(nn.Linear(N, N))),
    "orthogonal": _module(lambda: parametrizations.orthogonal(nn.Linear(N, N))),
    "MultiheadAttention": _module(_Attention),
    "TransformerEncoderLayer": _shaped(lambda: nn.TransformerEncoderLayer(4, 2, 8, 0, F.gelu, batch_first=True), 2, 4),
    "TransformerEncoderLayer first": _shaped(
        lambda: nn.TransformerEncoderLayer(4, 2, 8, 0.1, F.silu, norm_first=True, batch_first=True), 2, 4
    ),
    "TransformerEncoder": _shaped(
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, 0, F.gelu, batch_first=True), 2), 2, 4
    ),
    "GLU": _shaped(lambda: nn.GLU(), 16),
    "GRU": _module(lambda: _Recurrent(nn.GRU, False)),
    "LSTM": _module(lambda: _Recurrent(nn.LSTM, False)),
    "RNN": _module(lambda: _Recurrent(nn.RNN, False)),
    "GRUCell": _module(lambda: _Recurrent(nn.GRUCell, True)),
    "LSTMCell": _module(lambda: _Recurrent(nn.LSTMCell, True)),
    "Conv1d": _shaped(lambda: nn.Conv1d(2, 3, 3, padding=1, padding_mode="circular"), 2, 4),
    "Conv2d": _shaped(lambda: nn.Conv2d(2, 4, 3, padding=1, groups=2), 2, 2, 2),
    "Conv2d reflect": _shaped(lambda: nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect", stride=2), 2, 4, 4),
    "Conv3d": _shaped(lambda: nn.Conv3d(1, 2, 2, dilation=1), 1, 2, 3, 2),
    "ConvTranspose1d": _shaped(lambda: nn.ConvTranspose1d(2, 2, 3, stride=2, output_padding=1), 2, 4),
    "ConvTranspose2d": _shaped(lambda: nn.ConvTranspose2d(2, 1, 4, stride=2, padding=1), 2, 2, 2),
    "ConvTranspose3d": _shaped(lambda: nn.ConvTranspose3d(1, 1, 2), 1, 2, 2, 2),
    "Upsample bilinear": _shaped(lambda: nn.Upsample(scale_factor=2, mode="bilinear"), 2, 2, 2),
    "Upsample bicubic": _shaped(lambda: nn.Upsample(size=(3, 5), mode="bicubic"), 1, 2, 4),
    "Upsample nearest": _shaped(lambda: nn.Upsample(scale_factor=2), 2, 4),
    "Upsample trilinear": _shaped(lambda: nn.Upsample(scale_factor=2, mode="trilinear"), 1, 2, 2, 2),
    "PixelShuffle": _shaped(lambda: nn.PixelShuffle(2), 4, 1, 2),
    "PixelUnshuffle": _shaped(lambda: nn.PixelUnshuffle(2), 1, 2, 4),
    "AvgPool2d": _shaped(lambda: nn.AvgPool2d(2), 2, 4, 4),
    "AdaptiveAvgPool1d": _shaped(lambda: nn.AdaptiveAvgPool1d(3), 2, 4),
    "LPPool2d": _shaped(lambda: nn.Sequential(nn.Softplus(), nn.LPPool2d(3, 2)), 2, 4, 4),
    "Fold": _shaped(lambda: nn.Sequential(nn.Unfold(2), nn.Fold((2, 4), 2)), 1, 2, 4),
    "ReflectionPad1d": _shaped(lambda: nn.ReflectionPad1d(2), 2, 4),
    "ReplicationPad2d": _shaped(lambda: nn.ReplicationPad2d(1), 2, 2, 2),
    "Embedding": _module(_SoftCode),
    "Bilinear": _module(_Bilinear),
    "residual Sequential": _module(lambda: _Residual(nn.Linear(N, N), nn.Tanh(), nn.Linear(N, N))),
    "complex": _module(_Complex),
    "Softmax": _module(lambda: nn.Softmax(1)),
    "LogSoftmax": _module(lambda: nn.LogSoftmax(1)),
    "Softmin": _module(lambda: nn.Softmin(1)),
    "Softmax2d": _shaped(lambda: nn.Softmax2d(), 2, 2, 2),
    "CosineSimilarity": lambda draw: Apply(
        lambda x: F.cosine_similarity(x[:, None] + 2, x[:, :, None] + x[:, None], 2)
    ),
    "Dropout in eval": _module(lambda: nn.Sequential(nn.Dropout(0.5), nn.AlphaDropout(0.3))),
    "ChannelShuffle": _shaped(lambda: nn.ChannelShuffle(2), 4, 2, 1),
}

_FUNCTIONS: dict[str, Callable[[Draw], nn.Module]] = {
    **{
        f"torch.{name}": _plain(getattr(torch, name))
        for name in ("sin", "exp", "erf", "sinh", "atan", "asinh", "expm1", "square", "erfc", "cosh", "tanh", "sigmoid")
    },
    **{
        f"torch.{name} of positive": _plain(_of_positive(getattr(torch, name)))
        for name in ("log", "sqrt", "rsqrt", "reciprocal", "lgamma", "digamma", "log1p", "log2", "i0")
    },
    **{
        f"special.{name}": _plain(getattr(torch.special, name))
        for name in ("ndtr", "sinc", "i1", "expit", "erfcx", "log_ndtr", "bessel_j0", "bessel_j1")
    },
    "power": _plain(lambda x: (x + 2) ** 1.7 + x**3),
    "atan2": _plain(lambda x: torch.atan2(x, 2 + x.roll(1, 1))),
    "hypot": _plain(lambda x: torch.hypot(x, 1 + x.roll(1, 1).square())),
    "logaddexp": _plain(lambda x: torch.logaddexp(x, x.roll(1, 1))),
    "logsumexp": _plain(lambda x: x + torch.logsumexp(x, 1, keepdim=True)),
    "Fourier features": _weighted(lambda x, A: torch.cat([(x @ A[:, :4]).sin(), (x @ A[:, 4:]).cos()], 1)),
    "SDPA": _weighted(
        lambda x, A: F.scaled_dot_product_attention(
            x.unflatten(1, (1, 2, 4)), (x @ A).unflatten(1, (1, 2, 4)), x.unflatten(1, (1, 2, 4))
        ).flatten(1)
    ),
    "SDPA causal": _weighted(
        lambda x, A: F.scaled_dot_product_attention(
            x.unflatten(1, (1, 4, 2)), (x @ A).unflatten(1, (1, 4, 2)), x.unflatten(1, (1, 4, 2)), is_causal=True
        ).flatten(1)
    ),
    "fft": _plain(lambda x: torch.view_as_real(torch.fft.rfft(x)).flatten(1)[:, :N].contiguous()),
    "fft there and back": _weighted(lambda x, A: torch.fft.ifft(torch.fft.fft(x) * torch.fft.fft(x @ A)).real),
    "fft2": _plain(lambda x: torch.fft.fft2(x.unflatten(1, (2, 4))).abs().square().flatten(1)),
    "stft power": _plain(lambda x: torch.fft.rfft(x, n=14).abs()),
    "cumsum": _plain(lambda x: torch.cumsum(x, 1)),
    "cumprod": _plain(lambda x: torch.cumprod(x, 1)),
    "logcumsumexp": _plain(lambda x: torch.logcumsumexp(x, 1)),
    "prod": _plain(lambda x: x + (1 + x).prod(1, keepdim=True)),
    "gather": _plain(lambda x: x.gather(1, torch.tensor([3, 3, 0, 1, 7, 5, 2, 2]).expand_as(x)) * x),
    "index_select": _plain(lambda x: x.index_select(1, torch.tensor([3, 3, 0, 1, 7, 5, 2, 2]))),
    "masked_fill": _plain(lambda x: x.masked_fill(torch.arange(N) % 3 == 0, 0.3)),
    "scatter_add": _plain(_scatter),
    "index_add": _plain(lambda x: x.index_add(1, torch.tensor([0, 0, 3]), x[:, :3])),
    "einsum": _weighted(lambda x, A: torch.einsum("bi,ij,bk,jk->bj", x, A, x, A)),
    "norm": _plain(lambda x: (x + 2) / torch.linalg.vector_norm(x + 2, dim=1, keepdim=True)),
    "norm 3": _plain(lambda x: x * (x + 2).norm(3, dim=1, keepdim=True)),
    "normalize": _plain(lambda x: F.normalize(x + 2, dim=1)),
    "renorm": _plain(lambda x: torch.renorm(x + 2, 2, 0, 1.0)),
    "var": _plain(lambda x: x / (x.var(1, keepdim=True) + 0.1) + x.std(1, keepdim=True)),
    "cdist": _weighted(lambda x, A: torch.cdist(x, A + 3)),
    "cdist batched": _plain(
        lambda x: torch.cdist(x.view(-1, 2, 4), x.view(-1, 2, 4).exp() + 3).flatten(1).repeat(1, 2)
    ),
    "cdist 4": _weighted(lambda x, A: torch.cdist(x, A + 3, p=4.0)),
    "pairwise_distance": _weighted(lambda x, A: x + F.pairwise_distance(x + 3, x @ A)[:, None]),
    "interpolate": _plain(lambda x: F.interpolate(x.unflatten(1, (1, 8)), size=8 * 2, mode="linear")[:, 0, ::2]),
    "interpolate area": _plain(lambda x: F.interpolate(x.unflatten(1, (2, 2, 2)), size=(1, 4), mode="area").flatten(1)),
    "affine_grid": _plain(
        lambda x: F.affine_grid(x[:, :6].view(-1, 2, 3), [len(x), 1, 2, 2], align_corners=False).flatten(1)
    ),
    "in place": _plain(_in_place),
    "in a buffer": _plain(_in_buffer),
    "matrix_power": _matrices(lambda A: torch.linalg.matrix_power(A, 3)),
    "det": _matrices(lambda A: torch.linalg.det(A)[:, None]),
    "slogdet": _matrices(lambda A: torch.linalg.slogdet(A)[1][:, None]),
    "logdet": _matrices(lambda A: torch.logdet(_positive(A))[:, None]),
    "solve": _matrices(lambda A: torch.linalg.solve(A, A.mT.exp())),
    "solve_triangular": _matrices(lambda A: torch.linalg.solve_triangular(A.tril(), A.exp(), upper=False)),
    "inv": _matrices(torch.linalg.inv),
    "inverse": _matrices(torch.inverse),
    "cholesky": _matrices(lambda A: torch.linalg.cholesky(_positive(A))),
    "cholesky_solve": _matrices(lambda A: torch.cholesky_solve(A, torch.linalg.cholesky(_positive(A)))),
    "cholesky_inverse": _matrices(lambda A: torch.cholesky_inverse(torch.linalg.cholesky(_positive(A)))),
    "qr": _matrices(lambda A: _two(torch.linalg.qr(A))),
    "eigh": _matrices(lambda A: torch.linalg.eigvalsh(_symmetric(A))),
    "eigh vectors": _matrices(lambda A: torch.linalg.eigh(_symmetric(A))[1].square()),
    "eigvals": _matrices(lambda A: torch.linalg.eigvals(A.nan_to_num()).abs().square().sum(1, keepdim=True)),
    "svdvals": _matrices(torch.linalg.svdvals),
    "svd": _matrices(lambda A: torch.linalg.svd(A)[2].square()),
    "nuclear norm": _matrices(lambda A: torch.linalg.matrix_norm(A, "nuc")[:, None]),
    "spectral matrix norm": _matrices(lambda A: torch.linalg.matrix_norm(A, 2)[:, None]),
    "matrix_exp": _matrices(torch.linalg.matrix_exp),
    "householder_product": _matrices(lambda A: torch.linalg.householder_product(A, A[..., 0])),
    "pinv": _matrices(torch.linalg.pinv),
    "pinv of tall": _matrices(lambda A: torch.linalg.pinv(A[..., :1])),
    "lstsq": _matrices(lambda A: torch.linalg.lstsq(A, A.exp())[0]),
    "lu": _matrices(lambda A: torch.linalg.lu(A + 5 * torch.eye(A.shape[-1]).to(A))[2]),
    "lu_solve": _matrices(lambda A: torch.linalg.lu_solve(*torch.linalg.lu_factor(A), A.exp())),
    "tensorinv": _matrices(lambda A: torch.stack([torch.linalg.tensorinv(a, 1) for a in A])),
    "multi_dot": _matrices(lambda A: torch.stack([torch.linalg.multi_dot([a, a.T, a]) for a in A])),
    "cross": _weighted(lambda x, A: torch.cat([torch.linalg.cross(x[:, :3], (x @ A)[:, :3]), x[:, 3:]], 1)),
    "vander": _plain(lambda x: torch.linalg.vander(x[:, :2], N=4).flatten(1)),
    "MultivariateNormal": _matrices(_cholesky_mean),
    "trace": _matrices(lambda A: torch.func.vmap(torch.trace)(A @ A)[:, None]),
    "kron": _plain(lambda x: torch.func.vmap(torch.kron)(x[:, :2], x[:, 2:6])),
    "bmm": _plain(lambda x: torch.bmm(x.view(-1, 2, 4), x.view(-1, 4, 2)).flatten(1).repeat(1, 2)),
    "baddbmm": _plain(lambda x: torch.baddbmm(x.view(-1, 4, 2), x.view(-1, 4, 2), x[:, :4].view(-1, 2, 2)).flatten(1)),
    "addcdiv": _plain(lambda x: torch.addcdiv(x, x, x.exp(), value=0.3)),
    "lerp": _plain(lambda x: torch.lerp(x, x.roll(1, 1), x.sin())),
    "tensordot": _weighted(lambda x, A: torch.tensordot(x, A, 1) * x),
    "nan_to_num": _plain(lambda x: torch.nan_to_num(x * 2)),
    "expand": _plain(lambda x: x[:, :1].expand(-1, N) * x),
    "as_strided": _plain(lambda x: x.as_strided((len(x), N), (N, 1)).sin() if x.is_contiguous() else x.sin()),
    "unfold": _plain(lambda x: x.unfold(1, 4, 4).transpose(1, 2).flatten(1).sin()),
    "repeat_interleave": _plain(lambda x: x[:, :4].repeat_interleave(2, 1) * x),
    "stack of a loop": _plain(lambda x: torch.stack([(x[:, i] * x[:, i - 1]).sin() for i in range(N)], 1)),
    "row by row": _plain(lambda x: torch.stack([row.sin() * row.sum() for row in x])),
    "gradient": _plain(lambda x: torch.gradient(x, dim=1)[0]),
    "trapezoid": _plain(lambda x: torch.cumulative_trapezoid(torch.cat([x, x[:, :1]], 1).sin(), dim=1)),
    "nested tensor": _plain(
        lambda x: torch.nested.to_padded_tensor(torch.nested.as_nested_tensor([r.sin() for r in x]), 0.0)
    ),
    "polar": _plain(lambda x: torch.view_as_real(torch.polar(x[:, :4].exp(), x[:, 4:])).flatten(1)),
    "angle": _plain(lambda x: torch.angle(torch.complex(x + 2, x.roll(1, 1)))),
    "complex solve": _weighted(
        lambda x, A: (
            torch.linalg.solve(torch.complex(A, A.T) + 4 * torch.eye(N).to(A), torch.complex(x, x.cos()).mT).mT.imag
        )
    ),
    "complex abs": _weighted(_complex_matrix),
    "poisson loss": _plain(lambda x: F.poisson_nll_loss(x, x.exp(), reduction="none")),
    "kl_div": _plain(lambda x: F.kl_div(F.log_softmax(x, 1), F.softmax(2 * x, 1), reduction="none")),
    "gumbel at no noise": _plain(lambda x: F.softmax(x / 0.3, 1)),
    "bilinear": _weighted(lambda x, A: F.bilinear(x, x, A.expand(N, N, N))),
    "unique columns": _plain(lambda x: torch.block_diag(x).sin()),
    "logit": _plain(lambda x: torch.logit(torch.sigmoid(x) * 0.9 + 0.05)),
    "polygamma": _plain(lambda x: torch.polygamma(1, 2 + x)),
    "xlogy": _plain(lambda x: torch.xlogy(x, 2 + x)),
    "mvlgamma": _plain(lambda x: torch.mvlgamma(4 + x, 2)),
}

_KINKED: dict[str, Callable[[Draw], nn.Module]] = {
    "i0e": _plain(torch.special.i0e),
    "i1e": _plain(torch.special.i1e),
    "sort": _plain(lambda x: torch.sort(x, 1)[0]),
    "topk": _plain(lambda x: torch.cat([torch.topk(x, 4)[0], x[:, :4]], 1)),
    "max": _plain(lambda x: x * torch.max(x, 1, keepdim=True)[0]),
    "amax": _plain(lambda x: x + x.amax(1, keepdim=True)),
    "median": _plain(lambda x: x * x.median(1, keepdim=True)[0]),
    "quantile": _plain(lambda x: x + torch.quantile(x, 0.3, 1, keepdim=True)),
    "kthvalue": _plain(lambda x: x * torch.kthvalue(x, 3, 1, keepdim=True)[0]),
    "aminmax": _plain(lambda x: x / (torch.aminmax(x, dim=1, keepdim=True).max + 2)),
    "cummax": _plain(lambda x: torch.cummax(x, 1)[0]),
    "where": _plain(lambda x: torch.where(x > 0.1, 2 * x - 0.1, x)),
    "clamp": _plain(lambda x: torch.clamp(x, -0.5, 0.4) * x),
    "abs": _plain(lambda x: x.abs() + x.sin()),
    "maximum": _plain(lambda x: torch.maximum(x, x.roll(1, 1).sin())),
    "masked": _plain(lambda x: x * (x > 0)),
    "boolean index": _plain(lambda x: torch.zeros_like(x).masked_scatter(x > 0, x[x > 0])),
    "index_put": _plain(lambda x: x.index_put((x > 0,), x[x > 0] * 2)),
    "MaxPool1d": _shaped(lambda: nn.MaxPool1d(2), 4, 4),
    "MaxPool2d": _shaped(lambda: nn.MaxPool2d(2), 2, 4, 4),
    "AdaptiveMaxPool2d": _shaped(lambda: nn.AdaptiveMaxPool2d((1, 2)), 2, 4, 4),
    "MaxUnpool": _plain(
        lambda x: F.max_unpool1d(*F.max_pool1d(x.view(-1, 2, 4), 2, return_indices=True), 2).flatten(1) + x
    ),
    "FractionalMaxPool": _plain(lambda x: F.lp_pool1d(x.abs().view(-1, 2, 4) + 0.1, 2.0, 2).flatten(1).repeat(1, 2)),
    "TransformerEncoderLayer relu": _shaped(lambda: nn.TransformerEncoderLayer(4, 2, 8, 0, batch_first=True), 2, 4),
    "grid_sample": _weighted(_grid_sample),
    "grid_sample bicubic": _weighted(
        lambda x, A: (
            F.grid_sample(
                A.expand(len(x), 1, N, N),
                x.view(-1, 1, 4, 2),
                mode="bicubic",
                padding_mode="reflection",
                align_corners=False,
            )
            .flatten(1)
            .repeat(1, 2)
        )
    ),
    "huber": _plain(lambda x: F.huber_loss(2 * x, x.roll(1, 1), reduction="none", delta=0.7)),
    "norm inf": _plain(lambda x: x / (1 + torch.linalg.vector_norm(x, float("inf"), dim=1, keepdim=True))),
    "cdist 1": _weighted(lambda x, A: torch.cdist(x, A, p=1.0)),
    "fmod": _plain(lambda x: (torch.fmod(x, 0.7) - 0.35).square()),
    "hardsigmoid": _plain(lambda x: F.hardsigmoid(4 * x)),
    "copysign": _plain(lambda x: torch.copysign(x.square(), x)),
    "branch on a row": _plain(lambda x: torch.stack([r.sin() if float(r[0]) > 0 else r.sin() + r[0] ** 3 for r in x])),
}

PARTS: tuple[Part, ...] = (
    *(Part(name, make) for name, make in _LAYERS.items()),
    *(Part(name, make) for name, make in _FUNCTIONS.items()),
    *(Part(name, make, Kind.KINKED) for name, make in _KINKED.items()),
)
