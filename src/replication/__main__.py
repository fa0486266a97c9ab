"""Command line: `python -m replication <stage> ...` runs one stage; Snakemake calls it, and so may anyone.

Beside the stages there are commands for people: `python -m replication doctor`, `data`, `open`.
"""

import argparse
import json
import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replication import stages
    from replication.workflow import provenance

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run one stage or command; returns the exit code: 0 done, 1 a named error, 2 unknown words, 130 stopped."""
    from replication import commands

    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] and words[0] in commands.names():
        return _command(words[0], words[1:])
    options = _understood(words)
    if options is None:
        return 0
    # a stage shows its own progress, in lines that a log can take
    os.environ["TQDM_DISABLE"] = "1"
    _set_threads(options.threads)
    signal.signal(signal.SIGTERM, _interrupt)
    label = " ".join([options.stage, *([options.dataset] if options.dataset else []), *_seed_words(options.seed)])
    try:
        _log_to(options.log)
        seconds = _run(options, label)
    except KeyboardInterrupt:
        logging.error("%s: stopped; the next run goes on from the last checkpoint", label)
        return 130
    except (ValueError, OSError, RuntimeError, ArithmeticError, MemoryError, ImportError) as error:
        logging.debug("details", exc_info=True)
        logging.error("%s: %s", label, _one_line(error))
        return 1
    if seconds is None:
        logging.info("%s: nothing to do, its artifacts are of these settings, sources and inputs", label)
    else:
        logging.info("%s: done in %.1f s", label, seconds)
    return 0


def _command(name: str, words: list[str]) -> int:
    from replication import commands

    try:
        return commands.load(name).run(words)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"replication {name}: {_one_line(error)}\n")
        return 1


def _run(options: argparse.Namespace, label: str) -> float | None:
    """Run the stage and write its record; returns the seconds that it took, None if its artifacts are there already."""
    from replication import stages
    from replication.arguments import checked

    job = stages.Job(
        dataset=options.dataset,
        seed=options.seed,
        settings=options.settings,
        inputs=dict(options.input),
        outputs=dict(options.output),
        device=options.device,
    )
    job = checked(options.stage, job)
    from replication.files import artifacts
    from replication.workflow import provenance
    from replication.workflow.declared import declared
    from replication.workflow.progress import Progress

    job = replace(job, progress=Progress(label, seconds=2.0 if _is_quiet() else 10.0))
    asked = _asked(options, job)
    if options.run and options.source and not (declared()[options.stage].always or _is_forced(options)):
        stale = provenance.why_stale(options.run, asked, job.outputs.values())
        if stale is None:
            return None
        logging.debug("made anew: %s", stale)
    clock = provenance.Clock()
    for folder in {file.parent for file in job.outputs.values()}:
        artifacts.require_writable(folder)
    _require_device(options.device)
    facts = stages.load(options.stage).run(job)
    if options.run:
        provenance.record(options.run, asked, outputs=job.outputs.values(), clock=clock, facts=facts or {})
    return clock.read()["wall_seconds"]


def _understood(words: list[str]) -> argparse.Namespace | None:
    """The options that these words give; None where there are no words, and help was shown."""
    from replication import commands, stages
    from replication.workflow.suggestions import no_such

    parser = _parser()
    if not words:
        parser.print_help()
        return None
    options, rest = parser.parse_known_args(words)
    if options.stage not in stages.names():
        parser.error(no_such("stage or command", options.stage, [*commands.names(), *stages.names()]))
    if rest:
        known = [name for action in parser._actions for name in action.option_strings if name.startswith("--")]
        parser.error(no_such("option", rest[0], known))
    return options


def _parser() -> argparse.ArgumentParser:
    from replication import commands, stages
    from replication.arguments import Parser, purpose

    def listed(package: ModuleType) -> str:
        return "\n".join(f"  {name:13}{purpose(package, name)}" for name in package.names())

    parser = Parser(
        prog="replication",
        description="Run one stage of the replication, or a command; `snakemake --cores all` runs all that are needed.",
        epilog=f"commands (their options: replication doctor --help):\n{listed(commands)}\n\nstages:\n{listed(stages)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("stage", metavar="stage|command", help="one of those below")
    parser.add_argument("--version", action=_Version, nargs=0, help="the version of this replication")
    parser.add_argument("--dataset", help="the experiment, e.g. mnist")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--settings", type=_mapping, default={}, help="the stage's part of the configuration, as JSON")
    parser.add_argument("--input", type=_named_path, action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--output", type=_named_path, action="append", default=[], metavar="NAME=PATH")
    parser.add_argument(
        "--source",
        type=Path,
        nargs="*",
        default=[],
        help="the modules that the stage imports: named, an artifact that is made of the same already is left as it is",
    )
    parser.add_argument("--run", type=Path, help="where to write the record of this run (*.run.json)")
    parser.add_argument("--log", type=Path, help="a file that takes the log with all details")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="a torch device: cpu, cuda")
    return parser


class _Version(argparse.Action):
    """Looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib import metadata

        sys.stdout.write(f"{parser.prog} {metadata.version('latentgeo')}\n")
        parser.exit()


def _asked(options: argparse.Namespace, job: "stages.Job") -> "provenance.Asked":
    from replication import stages
    from replication.workflow import provenance

    return provenance.Asked(
        stage=options.stage,
        dataset=options.dataset,
        seed=options.seed,
        settings=options.settings,
        device=options.device,
        threads=options.threads,
        sources=options.source,
        inputs=[*job.inputs.values(), *stages.reads(options.stage, job)],
    )


def _mapping(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(f"expected JSON; {error}") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"expected a JSON object; got {type(value).__name__}")
    return value


def _named_path(text: str) -> tuple[str, Path]:
    name, separator, path = text.partition("=")
    if not (name and separator and path):
        raise argparse.ArgumentTypeError(f"expected NAME=PATH; got {text!r}")
    return name, Path(path)


def _seed_words(seed: int | None) -> list[str]:
    return [] if seed is None else [f"seed {seed}"]


def _set_threads(threads: int) -> None:
    """One number for every library, set before any of them is imported: results depend on it."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)


def _require_device(name: str) -> None:
    """Find out at once whether the device is there; figures and tables, which name none, do without torch.

    Raises:
        ValueError: It cannot be used; the message says why.
    """
    if name == "cpu":
        return
    import torch

    try:
        torch.zeros(1, device=name)
    except (AssertionError, RuntimeError) as error:
        raise ValueError(f"device {name!r} cannot be used ({_one_line(error)}); device cpu always can") from error


class _LogFile(logging.FileHandler):
    """A log whose disk may be full: that ends the log and must not bury the run's own error."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing."""


def _is_quiet() -> bool:
    """Whether somebody else owns the terminal and reads the log in our place (replication.terminal)."""
    return bool(os.environ.get("REPLICATION_QUIET"))


def _is_forced(options: argparse.Namespace) -> bool:
    """Whether `snakemake --forcerun` names this stage or one of its files: then it is made anew, current or not."""
    named = set(os.environ.get("REPLICATION_FORCED", "").split(os.pathsep))
    return not named.isdisjoint({"*", options.stage, *(str(path) for _, path in options.output)})


def _log_to(path: Path | None) -> None:
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.INFO)
    console.setFormatter(logging.Formatter("%(message)s"))
    alone = path is not None and _is_quiet()
    logging.basicConfig(level=logging.INFO, handlers=[] if alone else [console], force=True)
    if alone:
        logging.captureWarnings(True)
        sys.excepthook = _log_fault
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _LogFile(path, mode="w", encoding="utf-8")
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger().addHandler(file)
    for name in ("replication", "latentgeo", "root"):
        logging.getLogger(None if name == "root" else name).setLevel(logging.DEBUG if path else logging.INFO)
    for name in ("matplotlib", "fontTools", "PIL", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _log_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An error that nobody foresaw goes where the others go, with its traceback."""
    logging.critical("%s: %s", kind.__name__, _one_line(error), exc_info=(kind, error, trace))


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or ("out of memory" if isinstance(error, MemoryError) else type(error).__name__)


if __name__ == "__main__":
    sys.exit(main())
