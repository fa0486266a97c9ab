"""Riemannian geometry of latent spaces: metrics, geodesics and distances of a decoder.

The names are listed in `__init__.pyi` and imported when first used, so that training a model loads no geometry.
"""

from importlib.metadata import version

import lazy_loader

__version__ = version(__name__)
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
