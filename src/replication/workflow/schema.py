"""What the configuration may hold. Units and meanings stand beside the values in config/paper.yaml."""

import dataclasses
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, create_model, field_validator

from latentgeo.training_settings import TrainingSettings
from replication.workflow.data_sections import DATA_SECTIONS
from replication.workflow.registry import Registry
from replication.workflow.sections import Count, Positive, PositiveNumber, Section, Share, Strength, Unique, one_of

__all__ = ["Experiment", "Merged", "Overlay", "Shared"]

_Loader = Annotated[str, one_of(*Registry("replication.datasets", "dataset").names())]
_Metric = Annotated[str, one_of(*Registry("replication.metrics", "metric").names())]
_Measured = Annotated[str, one_of("raw", "smoothed", "smoothed_1", "conformal")]
_Nodes = Annotated[int, Field(ge=8)]


class _Grid(Section):
    size: _Nodes
    map: _Nodes
    margin: Strength


class _Starts(Section):
    candidates: Annotated[list[Positive], Field(min_length=1)]
    pairs: Positive
    restarts: Count
    far: Positive


class _Domains(Section):
    prior: list[Share]
    pairs: Positive


class _Retrainings(Section):
    pairs: Positive
    metrics: Annotated[list[_Metric], Field(min_length=1), Unique]
    points: Annotated[int, Field(ge=4)]


class _Precision(Section):
    centres: Positive
    kappa: Annotated[float, Field(gt=1)]


class _StudyEntry(Section, extra="allow"):
    """A metric and the values of its options, which are what else it holds."""

    __pydantic_extra__: dict[str, float | list[float]]  # pyright: ignore[reportIncompatibleVariableOverride]

    metric: _Metric | list[_Metric]
    neural: Count = 0
    pairs: Positive | None = None


class _Study(Section):
    pairs: Positive
    drawn: Annotated[list[Annotated[str, one_of("uniform", "opposite")]], Field(min_length=1)]
    variants: Annotated[list[_StudyEntry], Field(min_length=1)]


class _Neighbours(Section):
    points: Annotated[int, Field(ge=2)]
    nearest: Positive
    metrics: Annotated[list[_Metric], Field(min_length=1)]


class _Statistics(Section):
    points: Annotated[int, Field(ge=4)]
    nearest: Positive
    metrics: Annotated[list[_Metric], Field(min_length=1), Unique]


class _ClassLaws(Section):
    points: Annotated[int, Field(ge=3)]
    metrics: Annotated[list[_Metric], Field(min_length=1), Unique]
    size: _Nodes


class _DistanceField(Section):
    metric: _Measured
    size: _Nodes


class _Neural(Section):
    pairs: Count
    units: Positive
    points: Positive
    candidates: Positive
    steps: Positive
    learning_rate: PositiveNumber
    boundary: Annotated[str, one_of("paper", "safe")]


class _Geometry(Section):
    pairs: Positive
    metrics: Annotated[list[_Measured], Field(min_length=1), Unique]
    encodings: Positive
    grid: _Grid
    lambda_multiplier: Strength
    rank: Positive
    radii: PositiveNumber | None
    starts: _Starts | None
    domains: _Domains | None
    retrainings: _Retrainings | None
    sweep: list[Strength]
    precision: _Precision
    study: _Study | None
    follow_radius: Strength
    frames: Positive
    film: Positive
    neighbours: _Neighbours | None
    statistics: _Statistics | None
    class_laws: _ClassLaws | None
    distance_field: _DistanceField | None
    neural_metrics: list[_Measured]
    neural: _Neural


class _Model(Section):
    """What `latentgeo.generative.IWAE` takes; the words are known here, as that loads torch."""

    latent: Positive
    hidden: Annotated[list[Positive], Field(min_length=1)]
    activation: Annotated[str, one_of("gelu", "mish", "sigmoid", "silu", "softplus", "tanh")]
    likelihood: Annotated[str, one_of("bernoulli", "gaussian")]
    initialisation: Annotated[str, one_of("glorot", "torch")] = "glorot"
    gain: PositiveNumber = 1.0


_TRAIN_FIELDS: dict[str, Any] = {
    field.name: (field.type, ... if field.default is dataclasses.MISSING else field.default)
    for field in dataclasses.fields(TrainingSettings)
}
_Train = create_model("_Train", __base__=Section, **_TRAIN_FIELDS)


def _trainable(value: Any) -> TrainingSettings:
    """The library's own settings: the keys and types are its fields, the ranges what it checks."""
    return TrainingSettings(**_Train.model_validate(value).model_dump())


class Experiment(Section):
    """config/datasets/<name>.yaml, with what it extends."""

    loader: _Loader
    candidate: bool | None = None
    data: dict[str, Any]
    model: _Model
    train: Annotated[TrainingSettings, BeforeValidator(_trainable)]
    geometry: _Geometry

    @field_validator("data")
    @classmethod
    def _as_the_loader_has_it(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if section := DATA_SECTIONS.get(info.data.get("loader", "")):
            section.model_validate(value)
        return value


class _Variant(Experiment):
    """A profile's own experiment."""

    extends: str


class _Score(Section):
    test_samples: Positive


class _Selection(Section):
    tied: Strength


class _Common(Section):
    profile: str
    seeds: Annotated[list[Count], Field(min_length=1), Unique]
    standin: Annotated[str, one_of("auto", "never", "always")]
    score: _Score
    geometry: _Geometry


class Overlay(_Common):
    """config/smoke.yaml and the like: a part of what lies below it, or experiments of its own."""

    datasets: dict[str, Experiment]
    variants: Annotated[dict[str, _Variant], Field(min_length=1)]
    selection: _Selection


class _Complete(_Common):
    data_seed: Count
    mirror: str | None
    device: str


class Shared(_Complete):
    """config/paper.yaml."""

    datasets: Annotated[list[str], Field(min_length=1)]


class Merged(_Complete):
    """All but the experiments, after all overlays."""

    selection: _Selection = _Selection(tied=0)  # of profiles with variants
