"""Which artifacts are current: those whose record vouches for them.

Snakemake goes by times and by what it remembers of its own last run. It would take for current what DVC checked out,
what another configuration left and what was changed by hand, and would make anew what is only newly cloned. Here
artifacts that their record vouches for are given one time that is no older than any source's; all others the oldest
time there is. That is done when the rules have been read, before Snakemake looks at any artifact. What a record has
to say is read from the rule that writes it.
"""

import contextlib
import itertools

from snakemake.io import apply_wildcards
from snakemake.logging import logger

from replication.workflow.provenance import Asked, Hashes, why_stale

HASHES = Hashes()
# times, in nanoseconds
OLDEST = 1_000_000_000
NEWEST_SOURCE = max(
    path.stat().st_mtime_ns
    for path in [
        Path("Snakefile"),
        REPORTED,
        *Path("src").rglob("*.py"),
        *Path("data/raw").glob("*/*.json"),
    ]
)


def judge(rule):
    """Name what is stale among the artifacts of a stage's rule, and why; set the times of all."""
    for wildcards in every(sorted(rule.wildcard_names)):
        asked = Asked(
            stage=rule.name,
            dataset=wildcards.get("dataset") or wildcards.get("loader"),
            seed=wildcards.get("seed", rule.params.get("seed")),
            settings=json.loads(rule.params.settings(wildcards)),
            device=rule.params.get("device", "cpu"),
            threads=rule.resources["_cores"],
            sources=[Path(file) for file in rule.input.code(wildcards)],
        )
        made = [
            Path(apply_wildcards(file, wildcards))
            for name, file in rule.output.items()
            if name != "run"
        ]
        record = Path(apply_wildcards(rule.output.run, wildcards))
        stale = why_stale(record, asked, made, HASHES)
        present = [file for file in (*made, record) if file.is_file()]
        if stale and present:
            logger.warning(f"{present[0]} is stale: {stale}")
        for file in present:
            set_time(file, OLDEST if stale else NEWEST_SOURCE)


def every(names):
    """All that wildcards of these names can be in this configuration."""
    values = {
        "dataset": DATASETS,
        "loader": LOADERS,
        "seed": SEEDS,
        "figure": FIGURES,
        "animation": ANIMATIONS,
        "table": TABLES,
    }
    for chosen in itertools.product(*(values[name] for name in names)):
        yield Chosen(zip(names, chosen))


class Chosen(dict):
    """Wildcards' values, read as Snakemake's own are."""

    __getattr__ = dict.__getitem__


def set_time(file, nanoseconds):
    """Set a file's time; one that has it already, or that somebody else owns, is left as it is."""
    if file.stat().st_mtime_ns != nanoseconds:
        with contextlib.suppress(PermissionError):
            os.utime(file, ns=(nanoseconds, nanoseconds))


if workflow.is_main_process:
    for each in list(workflow.rules):
        if "run" in each.output.keys():
            judge(each)
    # Snakemake holds a benchmark for an output: of any age it must not make the others look old
    for folder in (Path("results/benchmarks"), Path(RESULTS) / "benchmarks"):
        for measured in folder.rglob("*.tsv"):
            set_time(measured, NEWEST_SOURCE)
