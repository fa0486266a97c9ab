"""Training of an IWAE by Adam: resumable to the bit, the best weights on the validation split kept.

What the paper leaves open (learning rate, batch, schedules) is in `TrainingSettings`.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from latentgeo.generative.bound import doubly_reparameterised, importance_weighted_bound
from latentgeo.generative.evaluation import test_bound
from latentgeo.generative.interruption import held_signals
from latentgeo.generative.iwae import IWAE
from latentgeo.generative.likelihood import diagonal_normal_log_density
from latentgeo.generative.resuming import check_state
from latentgeo.progress import shows_progress, tell
from latentgeo.training_settings import TrainingSettings

__all__ = ["TrainingResult", "TrainingState", "fit"]

_STEPS_BETWEEN_REPORTS = 10
_VALIDATION_BATCH = 100


@dataclass(frozen=True)
class TrainingState:
    """Everything that a run needs to go on to the bit.

    Attributes:
        tensors: `model.*` and `best.*` (weights), `adam.*` (moments), `generator` (its state).
        record: JSON-able: settings, step, seconds, history, bounds so far, seeds of the order and the validation.
    """

    tensors: dict[str, Tensor]
    record: dict[str, Any]


@dataclass(frozen=True)
class TrainingResult:
    """What a run leaves besides the model, which holds the best weights.

    Attributes:
        history: Rows of step, seconds, bound_train (mean since the row before), bound_valid (both nats per
            observation) and sigma (None for a Bernoulli likelihood).
        best_step: The step whose weights were kept.
        seconds: Wall-clock time, that before a resume included.
    """

    history: list[dict[str, float | int | None]]
    best_step: int
    seconds: float


@shows_progress("training")
def fit(
    model: IWAE,
    train: Shaped[Tensor, "train obs"],
    valid: Shaped[Tensor, "valid obs"],
    settings: TrainingSettings,
    generator: torch.Generator,
    *,
    resume: TrainingState | None = None,
    on_step: Callable[[int, float], None] | None = None,
    on_checkpoint: Callable[[TrainingState], None] | None = None,
    progress: bool = True,
) -> TrainingResult:
    """Train a model in place and leave the best weights in it.

    A run that is resumed from any of its states gives the same weights and bounds as one that was not interrupted
    (same device and number of threads). SIGINT and SIGTERM are held until the step is done and the state is handed
    to `on_checkpoint`.

    Args:
        model: The autoencoder; moved nowhere.
        train: Observations; any numeric type, converted batch by batch (uint8 saves memory for binary ones).
        valid: Observations that choose the weights.
        settings: The recipe.
        generator: Draws the order of the observations and the latent samples.
        resume: A state of a run with the same settings; the model and the generator take their values from it.
        on_step: Called every ten steps and at the end with the number of steps done and the latest steps' mean bound.
        on_checkpoint: Called with a state at least every `settings.checkpoint_seconds`, between two steps.
        progress: Whether to show the step and its bound, on a terminal, after two seconds.

    Raises:
        ValueError: The observations do not fit the model, or the state does not fit the run.
        FloatingPointError: The bound is not a number; the message names the step.
    """
    _check_observations(model, train, "train")
    _check_observations(model, valid, "valid")
    if settings.batch > len(train):
        raise ValueError(
            f"training setting batch: expected at most the {len(train)} rows of train; got {settings.batch}"
        )
    run = _Run(model, train, valid, settings, generator)
    if resume is None:
        run.start()
    else:
        run.load(resume)
    with held_signals() as received:
        run.advance(received, on_step or _ignore, on_checkpoint or _ignore)
    if run.step < settings.steps:
        raise KeyboardInterrupt(f"training stopped after step {run.step} of {settings.steps}")
    model.load_state_dict(run.best)
    return TrainingResult(run.history, run.best_step, run.seconds())


class _Run:
    """A run between two steps; its attributes are what a `TrainingState` holds."""

    def __init__(
        self, model: IWAE, train: Tensor, valid: Tensor, settings: TrainingSettings, generator: torch.Generator
    ) -> None:
        self.model, self.settings, self.generator = model, settings, generator
        weight = next(model.parameters())
        self.dtype = weight.dtype
        self.train = train.to(weight.device)
        rows = torch.linspace(0, len(valid) - 1, min(settings.validation_rows, len(valid))).round().long()
        self.valid = valid[rows].to(weight.device)
        self.optimizer = _adam(model, settings)
        self.step, self.best_step, self.best_bound = 0, 0, -math.inf
        self.best: dict[str, Tensor] = {}
        self.history: list[dict[str, float | int | None]] = []
        self.bound_sum, self.bound_steps = 0.0, 0
        self.pending: list[Tensor] = []
        self.order: Tensor | None = None
        self.earlier_seconds, self.started = 0.0, time.monotonic()

    def start(self) -> None:
        self.order_seed, self.valid_seed = torch.randint(2**62, (2,), generator=self.generator).tolist()
        if self.settings.centre_output:
            self.model.centre_output(self.train.to(self.dtype).mean(0))

    def seconds(self) -> float:
        return self.earlier_seconds + time.monotonic() - self.started

    def advance(
        self,
        received: list[int],
        on_step: Callable[[int, float], None],
        on_checkpoint: Callable[[TrainingState], None],
    ) -> None:
        settings, saved = self.settings, time.monotonic()
        while self.step < settings.steps and not received:
            self.update()
            due = _validation_due(self.step, settings)
            if self.step % _STEPS_BETWEEN_REPORTS == 0 or due:
                bound = self.collect()
                tell(f"step {self.step:,} of {settings.steps:,}, bound {bound:.1f}")
                on_step(self.step, bound)
            if due:
                self.validate()
            if received or time.monotonic() - saved >= settings.checkpoint_seconds:
                self.collect()
                on_checkpoint(self.state())
                saved = time.monotonic()

    def update(self) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.learning_rate_at(self.step) * group["factor"]
        x = self.train[self.batch_rows()].to(self.dtype)
        objective, bound = _objective(self.model, x, self.settings, self.step, self.generator)
        self.optimizer.zero_grad(set_to_none=True)
        (-objective).backward()
        self.optimizer.step()
        self.pending.append(bound)
        self.step += 1

    def batch_rows(self) -> Tensor:
        """Rows of the next batch: every epoch has a permutation of its own, whose rest is dropped."""
        batches = len(self.train) // self.settings.batch
        epoch, index = divmod(self.step, batches)
        if index == 0 or self.order is None:
            order = torch.Generator().manual_seed(self.order_seed + epoch)
            self.order = torch.randperm(len(self.train), generator=order).to(self.train.device)
        return self.order[index * self.settings.batch : (index + 1) * self.settings.batch]

    def collect(self) -> float:
        """Read the bounds of the steps since the last call and return their mean (NaN if there were none)."""
        bounds = torch.stack(self.pending).tolist() if self.pending else []
        for step, bound in enumerate(bounds, self.step - len(bounds) + 1):
            if not math.isfinite(bound):
                raise FloatingPointError(
                    f"the bound is {bound} at step {step} of {self.settings.steps}; "
                    f"a lower learning_rate (now {self.settings.learning_rate}) or a longer warm_up may help"
                )
            self.bound_sum += bound
        self.bound_steps += len(bounds)
        self.pending = []
        return sum(bounds) / len(bounds) if bounds else math.nan

    def validate(self) -> None:
        generator = torch.Generator().manual_seed(self.valid_seed)
        bound = test_bound(self.model, self.valid, self.settings.validation_samples, generator, _VALIDATION_BATCH)
        if not math.isfinite(bound):
            raise FloatingPointError(f"the validation bound is {bound} after step {self.step} of {self.settings.steps}")
        self.history.append(
            {
                "step": self.step,
                "seconds": self.seconds(),
                "bound_train": self.bound_sum / self.bound_steps,
                "bound_valid": bound,
                "sigma": self.model.sigma,
            }
        )
        self.bound_sum, self.bound_steps = 0.0, 0
        if bound > self.best_bound:
            self.best_bound, self.best_step = bound, self.step
            self.best = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}

    def state(self) -> TrainingState:
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best.items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            tensors |= {f"adam.{index}.{name}": tensor for name, tensor in moments.items()}
        tensors["generator"] = self.generator.get_state()
        record = {
            "architecture": self.model.architecture,
            "settings": _settings_record(self.settings),
            "step": self.step,
            "seconds": self.seconds(),
            "history": list(self.history),
            "best_step": self.best_step,
            "best_bound": self.best_bound if self.best else None,
            "bound_sum": self.bound_sum,
            "bound_steps": self.bound_steps,
            "order_seed": self.order_seed,
            "valid_seed": self.valid_seed,
        }
        return TrainingState({name: tensor.detach().clone() for name, tensor in tensors.items()}, record)

    def load(self, state: TrainingState) -> None:
        record = state.record
        _check_same(record["architecture"], self.model.architecture, "architecture")
        _check_same(record["settings"], _settings_record(self.settings), "training setting")
        moved = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        check_state(state.tensors, record, self.model.state_dict(), moved, self.settings)
        self.model.load_state_dict(_under("model.", state.tensors))
        self.best = _under("best.", state.tensors)
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _under("adam.", state.tensors).items():
            index, key = name.split(".")
            moments.setdefault(int(index), {})[key] = tensor
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        _restore(self.generator, state.tensors["generator"].cpu())
        self.step, self.best_step = record["step"], record["best_step"]
        self.best_bound = -math.inf if record["best_bound"] is None else record["best_bound"]
        self.bound_sum, self.bound_steps = record["bound_sum"], record["bound_steps"]
        self.history = list(record["history"])
        self.order_seed, self.valid_seed = record["order_seed"], record["valid_seed"]
        self.earlier_seconds = record["seconds"]


def _objective(
    model: IWAE, x: Float[Tensor, "batch obs"], settings: TrainingSettings, step: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """What a step maximises, and the batch's mean bound."""
    mean, log_std = model.encode(x)
    z = model.sample(mean, log_std, settings.samples_at(step), generator)
    if settings.gradient == "plain":
        log_weights = model.log_joint(x, z, settings.bfloat16) - diagonal_normal_log_density(z, mean, log_std)
        bound = importance_weighted_bound(log_weights).mean()
        return bound, bound.detach()
    log_posterior = diagonal_normal_log_density(z, mean.detach(), log_std.detach())
    log_weights = model.log_joint(x, z, settings.bfloat16) - log_posterior
    return doubly_reparameterised(log_weights, z).mean(), importance_weighted_bound(log_weights.detach()).mean()


def _adam(model: IWAE, settings: TrainingSettings) -> torch.optim.Adam:
    """Adam; log sigma has a group of its own, as at the weights' learning rate it lags far behind."""
    weights = [parameter for parameter in model.parameters() if parameter is not model.log_sigma]
    groups: list[dict[str, Any]] = [{"params": weights, "factor": 1.0}]
    if model.log_sigma is not None:
        groups.append({"params": [model.log_sigma], "factor": settings.sigma_rate})
    return torch.optim.Adam(groups, lr=settings.learning_rate, fused=True)


def _validation_due(step: int, settings: TrainingSettings) -> bool:
    """Whether one of the evenly spread validations comes after this many steps; the last is at the end."""
    count = min(settings.validations, settings.steps)
    return step * count // settings.steps > (step - 1) * count // settings.steps


def _check_observations(model: IWAE, x: Tensor, name: str) -> None:
    if x.shape[1] != model.obs or not len(x):
        raise ValueError(f"{name}: expected rows of {model.obs} numbers, as the model has them; got {tuple(x.shape)}")
    if x.is_floating_point() and not bool(torch.isfinite(x).all()):
        row = int((~torch.isfinite(x)).any(1).nonzero()[0])
        raise ValueError(f"{name}: expected finite numbers; row {row} holds a NaN or an infinity")
    if model.likelihood == "bernoulli" and (bool((x < 0).any()) or bool((x > 1).any())):
        raise ValueError(
            f"{name}: a Bernoulli likelihood needs values from 0 to 1; got {x.min().item()} to {x.max().item()}"
        )


def _check_same(found: Any, expected: dict[str, Any], what: str) -> None:
    if not isinstance(found, dict):
        raise ValueError(f"the state to resume from: expected every {what}; got {type(found).__name__}")
    for key in expected:
        if found.get(key) != expected[key]:
            raise ValueError(
                f"the state to resume from was made with {what} {key} {repr(found.get(key))[:80]}; "
                f"this run has {expected[key]!r}"
            )


def _restore(generator: torch.Generator, state: Tensor) -> None:
    try:
        generator.set_state(state)
    except RuntimeError as error:
        raise ValueError(
            f"the state to resume from: no state of a generator ({error}); delete it to train anew"
        ) from error


def _settings_record(settings: TrainingSettings) -> dict[str, Any]:
    """The settings that decide the result, JSON-able."""
    record = asdict(settings) | {"samples": [list(pair) for pair in settings.samples]}
    del record["checkpoint_seconds"]
    return record


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _ignore(*_: Any) -> None:
    """The callback of a caller who gave none."""
