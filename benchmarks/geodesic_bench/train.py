"""Trains the decoders of images that some cases are, and writes them down: weights, pairs, nothing else.

    python -m benchmarks.geodesic_bench.train digits_8
    python -m benchmarks.geodesic_bench.train mnist mnist_32 convolutional --images data/processed/paper/mnist.npz

Variational autoencoders: of binarised MNIST with two latent dimensions, layers as the replication's decoder has them,
and convolutions; and, where the prior weighs so little that every dimension is used, of the digits of 8 x 8 that
scikit-learn ships with eight (a tenth) and of MNIST with 32 (a hundredth; at a tenth 12 are not). Weights are rounded
to float16, so that a file has 1.4 MB at most; the rounded decoder is the case. A new one needs new references:
`benchmarks.geodesic_bench.certify`. Each takes a minute or three.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from benchmarks.geodesic_bench.decoders import DATA, PAIRS, made

__all__ = ["digits", "fitted", "main"]

_STEPS, _BATCH, _RATE = 6000, 100, 2e-3
_LATENT = {"mnist": 2, "convolutional": 2, "digits_8": 8, "mnist_32": 32}
_PRIOR = {"digits_8": 0.1, "mnist_32": 0.01}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", choices=sorted(_LATENT), metavar="CASE")
    parser.add_argument("--images", type=Path, help="preprocessed MNIST, with the arrays train and test")
    arguments = parser.parse_args()
    DATA.mkdir(exist_ok=True)
    for name in arguments.names:
        train, test = digits() if name.startswith("digits") else _mnist(arguments.images)
        generator = torch.Generator().manual_seed(0)
        decoder, _ = made(name)
        encoder = fitted(decoder, train, _LATENT[name], generator, _PRIOR.get(name, 1.0), words=name)
        with torch.no_grad():
            codes = encoder(test)[:, : _LATENT[name]].double()
        first = torch.randint(len(codes), (PAIRS,), generator=generator)
        other = torch.randint(len(codes) - 1, (PAIRS,), generator=generator)
        tensors = {key: weight.half().contiguous() for key, weight in decoder.state_dict().items()}
        save_file({**tensors, "z0": codes[first], "z1": codes[other + (other >= first)]}, DATA / f"{name}.safetensors")


def _mnist(path: Path) -> tuple[Tensor, Tensor]:
    with np.load(path) as stored:
        train, test = (torch.from_numpy(stored[name]).float() for name in ("train", "test"))
    return train, test


def digits() -> tuple[Tensor, Tensor]:
    """scikit-learn's, for training and for pairs: grey values from 0 to 1; every fifth image is for the pairs."""
    from sklearn.datasets import load_digits

    images = torch.from_numpy(load_digits(return_X_y=True)[0] / 16).float()
    held = torch.arange(len(images)) % 5 == 0
    return images[~held], images[held]


def fitted(
    decoder: nn.Module,
    images: Tensor,
    latent: int,
    generator: torch.Generator,
    prior: float = 1.0,
    steps: int = _STEPS,
    words: str = "decoder",
) -> nn.Module:
    """The encoder, points (images, 2 latent): means, then logarithms of deviations; the decoder is trained in place.

    Args:
        decoder: Latent points to images; its weights are where training begins.
        images: (images, pixels), from 0 to 1.
        latent: Dimensions.
        generator: Draws batches and noise; the encoder's weights are the same for all.
        prior: What the divergence from the prior weighs.
        steps: Of Adam.
        words: What the progress bar calls it.
    """
    torch.manual_seed(0)
    obs = images.shape[1]
    encoder = nn.Sequential(nn.Linear(obs, 512), nn.Tanh(), nn.Linear(512, 512), nn.Tanh(), nn.Linear(512, 2 * latent))
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    progress = tqdm(range(steps), desc=f"train {words}", disable=None)
    for _ in progress:
        x = images[torch.randint(len(images), (_BATCH,), generator=generator)]
        mean, log_sigma = encoder(x).chunk(2, dim=1)
        noise = torch.randn(mean.shape, generator=generator)
        z = mean + log_sigma.exp() * noise
        fit = F.binary_cross_entropy(decoder(z).flatten(1).clamp(1e-6, 1 - 1e-6), x, reduction="none").sum(1)
        divergence = (mean.square() + (2 * log_sigma).exp() - 1 - 2 * log_sigma).sum(1) / 2
        loss = (fit + prior * divergence).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        progress.set_postfix_str(f"loss {loss.item():.1f} nats", refresh=False)
    return encoder.eval()


if __name__ == "__main__":
    main()
