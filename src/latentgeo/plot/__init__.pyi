from .along import along
from .latent_map import latent_map

__all__ = ["along", "latent_map"]
