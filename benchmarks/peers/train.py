"""Trains the decoders of images that the benchmark's cases are, and writes them down: weights, pairs, nothing else.

    python -m benchmarks.peers.train data/processed/paper/mnist.npz

A variational autoencoder each, of binarised MNIST, with two latent dimensions: layers as the replication's decoder has
them, and a convolutional one. Weights are rounded to float16, so that a file has 1.4 MB; the rounded decoder is the
case. Best known lengths are added to these files by `benchmarks.peers.best`.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from benchmarks.peers.decoders import DATA, PAIRS, ConvolutionalDecoder, layered

__all__ = ["main"]

_STEPS, _BATCH, _RATE = 6000, 100, 2e-3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, help="preprocessed images, with the arrays train and test")
    arguments = parser.parse_args()
    with np.load(arguments.images) as stored:
        train, test = (torch.from_numpy(stored[name]).float() for name in ("train", "test"))
    DATA.mkdir(exist_ok=True)
    for name, decoder in (("mnist", layered()), ("convolutional", ConvolutionalDecoder())):
        generator = torch.Generator().manual_seed(0)
        encoder = _trained(decoder, train, generator, name)
        with torch.no_grad():
            codes = encoder(test)[:, :2].double()
        first = torch.randint(len(codes), (PAIRS,), generator=generator)
        other = torch.randint(len(codes) - 1, (PAIRS,), generator=generator)
        tensors = {key: weight.half().contiguous() for key, weight in decoder.state_dict().items()}
        save_file({**tensors, "z0": codes[first], "z1": codes[other + (other >= first)]}, DATA / f"{name}.safetensors")


def _trained(decoder: nn.Module, images: Tensor, generator: torch.Generator, name: str) -> nn.Module:
    """The encoder; the decoder is trained in place."""
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Linear(784, 512), nn.Tanh(), nn.Linear(512, 512), nn.Tanh(), nn.Linear(512, 4))
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, _STEPS)
    progress = tqdm(range(_STEPS), desc=f"train {name}", disable=None)
    for _ in progress:
        x = images[torch.randint(len(images), (_BATCH,), generator=generator)]
        mean, log_sigma = encoder(x).chunk(2, dim=1)
        noise = torch.randn(mean.shape, generator=generator)
        z = mean + log_sigma.exp() * noise
        fit = F.binary_cross_entropy(decoder(z).flatten(1).clamp(1e-6, 1 - 1e-6), x, reduction="none").sum(1)
        prior = (mean.square() + (2 * log_sigma).exp() - 1 - 2 * log_sigma).sum(1) / 2
        loss = (fit + prior).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        progress.set_postfix_str(f"bound {-float(loss):.1f} nats", refresh=False)
    return encoder.eval()


if __name__ == "__main__":
    main()
