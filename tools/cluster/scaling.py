"""How long the workflow takes on many nodes, from the measured time of each rule: `python -m tools.cluster.scaling`.

The benchmarks that finished runs left say how long each job takes, the configuration says which jobs there are, and
list scheduling puts them on the nodes' slots. Prints the tables of docs/project/scaling.md, or writes them into it.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import yaml

from replication.files import artifacts
from replication.plan import Plan
from replication.report.markup import markdown_table
from replication.workflow.declared import declared
from tools.cluster import benchmarks, traffic
from tools.cluster.schedule import Job, critical_path, makespan

__all__ = ["jobs", "nodes_table", "page", "rules_table", "traffic_table"]


def jobs(plan: Plan, measured: pd.DataFrame, overhead: float = 0.0, waiting: bool = True) -> list[Job]:
    """Every job of a run, each after those it waits for.

    A sweep takes as much longer than the measured one as it has more points.

    Args:
        plan: Of the run.
        measured: Rows of `benchmarks.summary`.
        overhead: Seconds that a job holds its slot beside what was measured.
        waiting: Whether the measured time is taken as it is, or without that in which the job waited for a core.

    Raises:
        ValueError: A rule was not measured on a data set; the message names both.
    """
    rows = {(row["rule"], row["of"]): row for row in measured.to_dict("records")}
    made: list[Job] = []
    maker: dict[str, int] = {}
    for stage in plan.stages.values():
        for run in plan.runs(stage):
            of = next(iter(run.values()), "")
            if (stage.name, of) not in rows:
                raise ValueError(f"no benchmark of rule {stage.name!r}{f' on {of!r}' if of else ''}; run it once")
            row = rows[stage.name, of]
            seconds = row["seconds"] - (0 if waiting else row["waited"])
            if stage.name == "sweep" and row["points"] > 0:
                seconds *= len(plan.settings["datasets"][of]["geometry"]["sweep"]) / row["points"]
            read = {*plan.reads(stage, run).values(), *plan.waits_for(stage, run)}
            after = sorted({maker[file] for file in read if file in maker})
            name = " ".join([stage.name, of, *([f"seed {run['seed']}"] if "seed" in run else [])]).strip()
            maker |= {file.format(**run): len(made) for file in plan.makes(stage).values()}
            made.append(Job(name, seconds + overhead, tuple(after)))
    return made


def nodes_table(work: Sequence[Job], nodes: Sequence[int], slots: int, latency: float = 0.0) -> pd.DataFrame:
    """A row for each number of nodes: time, speed-up over one slot, and the share of the slots' time that is used."""
    total = sum(job.seconds for job in work)
    rows = []
    for count in nodes:
        taken = makespan(work, count * slots, latency)
        rows.append(
            {
                "nodes": count,
                "jobs at once": count * slots,
                "hours": taken / 3600,
                "speed-up": total / taken,
                "slots' time used": total / (taken * count * slots),
            }
        )
    return pd.DataFrame(rows)


def rules_table(measured: pd.DataFrame, work: Sequence[Job]) -> pd.DataFrame:
    """Measured seconds and memory by rule and data set, and what the run has of them: jobs and hours."""
    planned: dict[str, list[float]] = {}
    for job in work:
        planned.setdefault(" ".join(job.name.split()[:2]), []).append(job.seconds)
    rows = []
    for row in measured.to_dict("records"):
        mine = planned.get(f"{row['rule']} {row['of']}".strip())
        if mine:
            of = (
                None
                if row["rule"] in ("verdict", "index")
                else "all"
                if row["rule"] in ("figure", "animation", "table")
                else row["of"]
            )
            told = {"rule": row["rule"], "of": of, "measured": row["jobs"], "mean s": row["seconds"]}
            told |= {"of which waiting": row["waited"], "longest s": row["longest"], "memory MB": row["memory_mb"]}
            rows.append(told | {"jobs": len(mine), "planned s": sum(mine) / len(mine), "hours": sum(mine) / 3600})
    frame = pd.DataFrame(rows)
    sums, means = ("measured", "jobs", "hours"), ("mean s", "of which waiting", "planned s")
    how = dict.fromkeys(frame.columns[2:], "max") | dict.fromkeys(sums, "sum") | dict.fromkeys(means, "mean")
    frame = frame.groupby(["rule", "of"], sort=False, dropna=False, as_index=False).agg(how)
    order = {rule: place for place, rule in enumerate(declared())}
    return frame.sort_values("rule", key=lambda rules: rules.map(order), kind="stable")


def traffic_table(results: Sequence[Path], plan: Plan) -> pd.DataFrame:
    """Gigabytes that the run reads and writes in a shared folder, by rule, and the report's."""
    datasets, seeds = plan.datasets, len(plan.settings["seeds"])
    per_job: dict[tuple[str, str], traffic.Bytes] = {}
    for folder in results:
        per_job |= traffic.of_models(folder, datasets)
    rows = []
    for rule in (stage.name for stage in plan.stages.values() if stage.per == "model"):
        mine = [found for (stage, _), found in per_job.items() if stage == rule]
        if mine:
            read, written = (seeds * sum(column) / 1e9 for column in zip(*mine, strict=True))
            rows.append({"rule": rule, "GB read": read, "GB written": written})
    rows.append({"rule": "report", "GB read": traffic.of_report(results[0], datasets, seeds) / 1e9, "GB written": None})
    total = {"rule": "all"} | {name: sum(row[name] or 0 for row in rows) for name in ("GB read", "GB written")}
    return pd.DataFrame([*rows, total])


def page(text: str, name: str, part: str) -> str:
    """The text with the part between the markers of that name.

    Raises:
        ValueError: A marker is missing.
    """
    start, stop = f"<!-- {name}: made by `python -m tools.cluster.scaling` -->", f"<!-- end of {name} -->"
    before, found, rest = text.partition(start)
    _, end, after = rest.partition(stop)
    if not (found and end):
        raise ValueError(f"expected the markers {start!r} and {stop!r}")
    return f"{before}{start}\n\n{part.strip()}\n\n{stop}{after}"


def _path_in_words(work: Sequence[Job], latency: float) -> str:
    chain = [work[place] for place in critical_path(work, latency)]
    seconds = sum(job.seconds for job in chain) + latency * (len(chain) - 1)
    return f"{seconds / 60:.1f} minutes: " + ", ".join(f"{job.name} {job.seconds:.0f} s" for job in chain) + "."


def _parts(options: argparse.Namespace) -> dict[str, str]:
    overrides = {"profile": options.profile} | ({"datasets": options.datasets} if options.datasets else {})
    plan = Plan.of(overrides)
    measured = benchmarks.summary(benchmarks.read(options.benchmarks))
    work = jobs(plan, measured, options.overhead, options.waiting)
    parts = {"rules": markdown_table(rules_table(measured, work))}
    for slots in options.slots:
        parts[f"nodes of {slots}"] = markdown_table(nodes_table(work, options.nodes, slots, options.latency))
    parts["critical path"] = _path_in_words(work, options.latency)
    if options.results:
        parts["traffic"] = markdown_table(traffic_table(options.results, plan))
    return parts


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables, or write them between their markers in a page."""
    parser = argparse.ArgumentParser(prog="tools.cluster.scaling", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--benchmarks", type=Path, nargs="+", required=True, help="folders; later ones replace earlier")
    parser.add_argument("--results", type=Path, nargs="+", default=[], help="folders results/{profile}, for the bytes")
    parser.add_argument("--profile", default="scaling", help="the run to plan")
    parser.add_argument("--datasets", nargs="+", help="of the profile's; all by default")
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--slots", type=int, nargs="+", required=True, help="jobs that a node runs at the same time")
    parser.add_argument("--overhead", type=float, default=0.0, help="seconds a job holds its slot beside its rule's")
    parser.add_argument(
        "--latency", type=float, default=0.0, help="seconds between a job's end and its followers' start"
    )
    parser.add_argument("--without-waiting", dest="waiting", action="store_false", help="as if each job had had a core")
    parser.add_argument("--page", type=Path, help="write the tables between their markers here")
    parser.add_argument("--resources", action="store_true", help="print a profile's set-resources instead")
    options = parser.parse_args(arguments)
    if options.resources:
        asked = {"set-resources": benchmarks.resources(benchmarks.read(options.benchmarks))}
        sys.stdout.write(yaml.safe_dump(asked, sort_keys=False))
        return 0
    parts = _parts(options)
    if options.page:
        text = options.page.read_text(encoding="utf-8")
        for name, part in parts.items():
            text = page(text, name, part)
        artifacts.write_text(options.page, text)
    else:
        sys.stdout.write("\n\n".join(f"{name}\n\n{part}" for name, part in parts.items()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
