"""Doctor: whether a run will work here, what it will use, and how long it will take."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from replication.arguments import Parser
from replication.commands import clone
from replication.plan import Plan
from replication.terminal.estimate import SHIPPED, Estimate, in_words, recorded, shipped
from replication.workflow.config_files import read
from replication.workflow.machine import cores, model

__all__ = ["Finding", "other_versions", "run"]

PYTHON = (3, 11)
# what a run of the paper's profile leaves, and room to write beside it
_LEAST_FREE = 3e9
_SECONDS = 4.0


class Finding(NamedTuple):
    """One thing that was looked at; `state` is `ok`, `note` or `bad`, which stands in the way of a run."""

    state: str
    name: str
    words: str


def run(words: list[str]) -> int:
    """Print what was found; 1 where something stands in the way of a run."""
    parser = Parser(prog="replication doctor", description=__doc__)
    parser.add_argument("--profile", default="paper", help="of the configuration (default: paper)")
    options = parser.parse_args(words)
    root = clone()
    plan = Plan.of({"profile": options.profile})
    found = [
        *_environment(root),
        *_device(plan.settings["device"]),
        *_machine(root),
        *_data(root, plan),
        _time(root, plan),
    ]
    for state, name, told in found:
        print(f"{state:5}{name:10}{told}")
    bad = [name for state, name, _ in found if state == "bad"]
    print(f"\nin the way of a run: {', '.join(bad)}" if bad else f"\na run of profile {plan.profile} can start here")
    return int(bool(bad))


def other_versions(lines: Sequence[str], installed: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """What differs from the locked packages, and what of them is missing; both in words.

    Args:
        lines: Requirements that name one version each, with markers.
        installed: Versions by canonical name.
    """
    other, missing = [], []
    for wanted in map(Requirement, lines):
        if wanted.marker and not wanted.marker.evaluate():
            continue
        version = installed.get(canonicalize_name(wanted.name))
        if version is None:
            missing.append(wanted.name)
        elif not wanted.specifier.contains(version.partition("+")[0], prereleases=True):
            other.append(f"{wanted.name} {version} (locked {str(wanted.specifier).lstrip('=')})")
    return other, missing


def _environment(root: Path) -> Iterator[Finding]:
    good = sys.version_info >= PYTHON
    wanted = ".".join(map(str, PYTHON))
    yield Finding("ok" if good else "bad", "Python", f"{platform.python_version()}; {wanted} or newer is needed")
    pip = next(part["pip"] for part in read(root / "envs/environment.yaml")["dependencies"] if isinstance(part, dict))
    installed = {str(canonicalize_name(one.name)): one.version for one in metadata.distributions() if one.name}
    other, missing = other_versions(pip, installed)
    torch = installed.get("torch")
    yield Finding("ok" if torch else "bad", "torch", torch or "not installed: make setup")
    words = [*([f"other: {', '.join(other)}"] if other else []), *([f"missing: {_some(missing)}"] if missing else [])]
    count = len(pip)
    told = "; ".join(words) or f"as locked in envs/requirements.lock, all of the {count} that are wanted here"
    yield Finding("note" if words else "ok", "packages", told)


def _device(name: str) -> Iterator[Finding]:
    try:
        import torch

        torch.zeros(1, device=name)
        yield Finding("ok", "device", f"{name}, as the configuration has it")
        if name == "cpu" and torch.cuda.is_available():
            yield Finding("note", "device", f"there is also {torch.cuda.get_device_name()}: --config device=cuda")
    except (AssertionError, ImportError, RuntimeError) as error:
        yield Finding("bad", "device", f"{name} cannot be used ({str(error).splitlines()[0]}); cpu always can")


def _machine(root: Path) -> Iterator[Finding]:
    yield Finding("ok", "cores", f"{cores()}, one stage on each ({model()})")
    free = shutil.disk_usage(root).free
    writable = os.access(root, os.W_OK)
    words = f"{free / 1e9:.3g} GB free in {root.resolve()}" + ("" if writable else ", which cannot be written")
    yield Finding("ok" if free > _LEAST_FREE and writable else "bad", "disk", words)


def _data(root: Path, plan: Plan) -> Iterator[Finding]:
    mirror = os.environ.get("REPLICATION_MIRROR") or plan.settings["mirror"]
    refused: dict[str, str] = {}
    if mirror:
        yield _mirror(mirror, refused)
    for loader in plan.loaders:
        places = next(one for one in plan.settings["datasets"].values() if one["loader"] == loader)["data"]
        files = {name: place["url"] for place in places.get("sources", []) for name in place["files"]}
        if not files:
            continue
        absent = [name for name in files if not (root / "data/raw" / loader / name).is_file()]
        if not absent:
            yield Finding("ok", "data", f"{loader}: all {len(files)} files are here")
            continue
        hosts = set() if mirror else {files[name] for name in absent}
        silent = sorted(host for host in hosts if not _reached(host, refused))
        words = f"{loader}: {len(absent)} of {len(files)} files are to be fetched"
        if silent:
            words += f"; {', '.join(silent)} cannot be reached: a stand-in would serve"
        yield Finding("note" if silent else "ok", "data", words)


def _mirror(mirror: str, refused: dict[str, str]) -> Finding:
    if urlsplit(mirror).scheme in ("http", "https"):
        good, words = _reached(mirror, refused), "answers"
    else:
        good, words = Path(mirror).is_dir(), "is a folder that is there"
    return Finding("ok" if good else "bad", "mirror", f"{mirror} {words if good else 'cannot be reached'}")


def _reached(url: str, refused: dict[str, str]) -> bool:
    from replication.raw.transfer import Patience, UnavailableError, require_host

    try:
        require_host(url, refused, Patience(connect_seconds=_SECONDS))
    except (UnavailableError, ValueError):
        return False
    return True


def _time(root: Path, plan: Plan) -> Finding:
    """What a run from nothing takes, by what earlier ones left."""
    jobs: dict[str, int] = {name: len(list(plan.runs(stage))) for name, stage in plan.stages.items()}
    here = recorded([root / plan.results / "benchmarks", root / "results/benchmarks"])
    seconds = Estimate({**shipped(root / SHIPPED, Path(plan.results)), **here}, jobs, cores()).left({})
    total = sum(jobs.values())
    words = f"profile {plan.profile} from nothing: {total} jobs, "
    where = "as recorded here" if here.keys() >= {"train", "geodesics"} else "as where the committed results were made"
    words += "not recorded yet" if seconds is None else f"{in_words(seconds)} on {cores()} cores, {where}"
    return Finding("ok", "time", words)


def _some(names: Sequence[Any]) -> str:
    return ", ".join([*names[:5], *([f"and {len(names) - 5} more"] if len(names) > 5 else [])])
