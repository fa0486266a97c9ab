"""Riemannian geometry of latent spaces: metrics, geodesics and distances of a decoder.

The names are listed in `__init__.pyi` and imported when first used, so that training a model loads no geometry.
"""

from importlib.metadata import PackageNotFoundError, version

import lazy_loader

try:
    __version__ = version(__name__)
except PackageNotFoundError:  # sources that are on the path and not installed
    __version__ = "0+unknown"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
