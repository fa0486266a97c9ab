"""Data sets in words, and which of them are variants of another."""

from collections.abc import Iterable, Mapping

__all__ = ["family", "name_of"]

_NAMES: Mapping[str, str] = {"mnist": "MNIST", "motion": "Human motion"}


def name_of(dataset: str) -> str:
    """`Robot arm` of `robot_arm`, `Human motion, clean` of `motion_clean`."""
    for known, name in _NAMES.items():
        if f"{dataset}_".startswith(f"{known}_"):
            variant = dataset.removeprefix(known).replace("_", " ").strip()
            return f"{name}, {variant}" if variant else name
    return dataset.replace("_", " ").capitalize()


def family(dataset: str, datasets: Iterable[str]) -> str:
    """The data set that this one is a variant of, by its name: `pendulum` of `pendulum_underfitted`; else itself."""
    return min((other for other in datasets if f"{dataset}_".startswith(f"{other}_")), key=len, default=dataset)
