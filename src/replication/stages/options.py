"""Options: some pairs in every metric that the settings list, over its options, and by the paper's solver too."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from torch import Tensor

import latentgeo as lg
from replication import metrics
from replication.files import artifacts
from replication.measuring.pairs import draw_pairs, far
from replication.measuring.paths import measure, neural_curve
from replication.models.latent_space import LatentSpace, open_latent_space
from replication.stages import Job
from replication.workflow import seeds

__all__ = ["run", "variants"]

PER = "model"
LATENT_SPACE = True
MAKES = {"study": "study.csv"}
SETTINGS = ("pairs", "follow_radius", "neural")
ASKED_BY = "study"

# what seeds the pairs; uniform ones are the first of pairs.csv
DRAWN = {"uniform": ["pairs"], "opposite": ["pairs", "opposite"]}


def run(job: Job) -> dict[str, Any]:
    """Outputs: study (study.csv: the rows of pairs.csv for each variant).

    Beside them `drawn`, how the pairs were drawn, `variant`, the metric and what options the settings of the study give
    it, in words as `conformal, kappa=3`, and all of the metric's options as columns.
    """
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, int(job.seed or 0))
    settings, chosen = job.settings["study"], list(variants(job.settings["study"]["variants"]))
    frames, solved = [], {}  # the same metric may come twice, by default and as an entry's value: it is solved once
    pairs_of = {
        drawn: draw_pairs(
            space,
            int(job.settings["pairs"]),
            seeds.derive(int(job.seed or 0), str(job.dataset), *DRAWN[drawn]),
            drawn,
            int(job.settings["neural"]["pairs"]),
        )
        for drawn in settings["drawn"]
    }
    away = {drawn: far(space, pairs) for drawn, pairs in pairs_of.items()}
    for done, (name, options, entry) in enumerate(chosen):
        words = ", ".join([name, *(f"{key}={value:g}" for key, value in options.items())])
        job.progress(done, len(chosen), words)
        metric, told = metrics.build(space, name, **options), metrics.options(space, name, **options)
        for drawn, pairs in pairs_of.items():
            count = int(entry.get("pairs", settings["pairs"]))
            key = (name, drawn, count, *sorted(told.items()))
            if key not in solved:
                solved[key] = measure(space, pairs[:count], name, metric, job.settings["follow_radius"]).rows
            rows = solved[key]
            if neural_pairs := int(entry.get("neural", 0)):
                rows = pd.concat([rows, _neural(job, space, pairs[:neural_pairs], name, metric, words)])
            further = {option: value for option, value in told.items() if option not in rows}
            frames.append(rows.assign(far=away[drawn][rows["pair"]], drawn=drawn, variant=words, **further))
    artifacts.write_csv(job.outputs["study"], pd.concat(frames, ignore_index=True))
    return {"data_source": space.meta["data_source"]}


def variants(listed: list[Mapping[str, Any]]) -> Iterator[tuple[str, dict[str, Any], Mapping[str, Any]]]:
    """Metric, options and their entry: every combination of the values that an entry lists, once.

    An entry's `pairs`, if fewer than the study's, and `neural`, pairs for the paper's solver, are not options.
    """
    seen = set()
    for entry in listed:
        options = {key: value for key, value in entry.items() if key not in ("neural", "pairs")}
        lists = [value if isinstance(value, list) else [value] for value in options.values()]
        for values in itertools.product(*lists):
            chosen = dict(zip(options, values, strict=True))
            words = tuple(sorted(chosen.items()))
            if words not in seen:
                seen.add(words)
                yield chosen.pop("metric"), chosen, entry


def _neural(job: Job, space: LatentSpace, pairs: Tensor, name: str, metric: lg.Metric, words: str) -> pd.DataFrame:
    settings = {key: value for key, value in job.settings["neural"].items() if key != "pairs"}
    generator = seeds.derive(int(job.seed or 0), str(job.dataset), "study", words)
    solver = lg.NeuralCurve(generator=generator, **settings)
    return neural_curve(space, pairs, name, metric, job.settings["follow_radius"], solver).rows
