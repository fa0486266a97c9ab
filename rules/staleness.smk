"""Which artifacts are current: those whose record vouches for them.

Snakemake goes by times and by what it remembers of its own last run. It would take for current what DVC checked out,
what another configuration left and what was changed by hand, and would make anew what is only newly cloned. Here
artifacts that their record vouches for are given one time that is no older than any source's; all others the oldest
time there is. That is done when the rules have been read, before Snakemake looks at any artifact.
"""

import contextlib

from snakemake.logging import logger

from replication.workflow.dependencies import page_files
from replication.workflow.provenance import Hashes, why_stale

# times, in nanoseconds
OLDEST = 1_000_000_000
NEWEST_SOURCE = max(
    path.stat().st_mtime_ns
    for path in [
        Path("Snakefile"),
        Path("config/reported.yaml"),
        *Path("src").rglob("*.py"),
        *map(Path, page_files()),
        *Path("data/raw").glob("*/*.json"),
    ]
)


def judge(stage, hashes):
    """Name what is stale among the artifacts of a stage, and why; set the times of all."""
    threads = workflow.get_rule(stage.name).resources["_cores"]
    for wildcards in PLAN.runs(stage):
        *made, record = (
            Path(file.format(**wildcards)) for file in PLAN.makes(stage).values()
        )
        present = [file for file in (*made, record) if file.is_file()]
        if present:
            asked = PLAN.asked(stage, wildcards, threads)
            stale = why_stale(record, asked, made, hashes) or superseded(record)
            if stale and record.is_file():
                logger.warning(
                    f"{present[0]} is stale: {stale}", extra={"stale": str(present[0])}
                )
            elif stale:
                unrecorded.append(present[0])
            for file in present:
                set_time(file, OLDEST if stale else NEWEST_SOURCE)


def superseded(record):
    """Why a stand-in is to give way: a mirror is named, which may have the data set. Its absence says nothing."""
    mirror = os.environ.get("REPLICATION_MIRROR")
    if not mirror or PLAN.settings["standin"] == "always":
        return None
    known = json.loads(record.read_text())
    if known["stage"] != "fetch" or known["data_source"] != "standin":
        return None
    return f"a stand-in serves, and the mirror {mirror} may have the data"


def set_time(file, nanoseconds):
    """Set a file's time; one that has it already, or that somebody else owns, is left as it is."""
    if file.stat().st_mtime_ns != nanoseconds:
        with contextlib.suppress(PermissionError):
            os.utime(file, ns=(nanoseconds, nanoseconds))


if workflow.is_main_process:
    HASHES = Hashes()
    # of a clone, what git keeps; its records are DVC's
    unrecorded = []
    for each in PLAN.stages.values():
        judge(each, HASHES)
    if unrecorded:
        logger.warning(
            f"{len(unrecorded)} artifacts have no record of a run here, the first being {unrecorded[0]}: they are made"
            " anew, or `dvc pull` brings their records"
        )
    # Snakemake holds a benchmark for an output: of any age it must not make the others look old
    for folder in (Path("results/benchmarks"), Path(PLAN.results) / "benchmarks"):
        for measured in folder.rglob("*.tsv"):
            set_time(measured, NEWEST_SOURCE)
