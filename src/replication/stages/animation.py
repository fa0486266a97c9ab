"""Animation: draw one animation from artifacts and write it as gif."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from replication import animations
from replication.evidence import data_sources
from replication.files import needs
from replication.looks import film, style
from replication.stages import Job

__all__ = ["animation", "reads", "run"]

PER = "animation"
READS = ("needs",)
MAKES = {"gif": "{animation}.gif"}


def reads(job: Job) -> list[Path]:
    """Artifacts that the animation and its stamp are made from."""
    return needs.present(needs.with_sources(animations.load(job.settings["name"]).NEEDS), job.settings)


def run(job: Job) -> dict[str, Any]:
    """Outputs: gif. Settings: name, results (folder), datasets, seeds."""
    settings = job.settings
    animation(settings["name"], Path(settings["results"]), settings["datasets"], settings["seeds"], job.outputs["gif"])
    return {}


def animation(name: str, results: Path, datasets: Sequence[str], seeds: Sequence[int], gif: Path) -> None:
    """Draw an animation, stamp stand-ins on it and write it.

    Args:
        name: A name of `replication.animations.names()`.
        results: Folder results/{profile}.
        datasets: The configured data sets.
        seeds: The configured seeds.
        gif: Where to write.
    """
    module = animations.load(name)
    loaded = needs.collect(module.NEEDS, results, datasets, seeds)
    with style.context():
        drawn = module.draw(loaded)
        words = data_sources.stamp_of(results, list(loaded.artifacts), seeds)
        if words:
            style.stamp(drawn.figure, words)
        film.save(drawn, gif)
