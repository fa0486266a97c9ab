"""Pictures of a latent space: `lg.plot.latent_map` and `lg.plot.along`. They need matplotlib: `latentgeo[plot]`.

Imported when first used, so that `latentgeo.plot.drawing` and `latentgeo.plot.style` load no torch.
"""

import lazy_loader

try:
    import matplotlib  # noqa: F401
except ImportError as error:
    raise ImportError("latentgeo.plot needs matplotlib: pip install 'latentgeo[plot]', or matplotlib itself") from error

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
