"""The replication, top to bottom: data, models, geometry, report.

snakemake --cores 8                            the paper's profile
snakemake --cores 2 --config profile=smoke     everything, small and fast
snakemake --cores 2 study                      what the paper leaves open: chosen, and what the choice does (profile study)
"""


include: "rules/common.smk"
include: "rules/stage.smk"
include: "rules/data.smk"
include: "rules/train.smk"
include: "rules/selection.smk"
include: "rules/geometry.smk"
include: "rules/report.smk"
include: "rules/staleness.smk"


rule all:
    """Every figure, animation and table, the verdict, the report and the explorer."""
    default_target: True
    input:
        PLAN.files("index", "explorer", "verdict", "figure", "animation", "table"),


rule data:
    """The preprocessed data sets."""
    input:
        PLAN.files("preprocess"),


rule models:
    """The trained models."""
    input:
        PLAN.files("train"),


rule geometry:
    """Metrics, geodesics and scores of the trained models."""
    input:
        PLAN.geometry(),


rule chosen:
    """What is chosen of every data set that has candidates."""
    input:
        PLAN.files("selection"),


rule study:
    """What is chosen, and what the choice does: the figures and tables of profile study, which this target names."""
    input:
        PLAN.files("selection", "radii", "figure", "animation", "table"),
