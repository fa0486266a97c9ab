"""The replication, top to bottom: data, models, geometry, report.

snakemake --cores 8                            the paper's profile
snakemake --cores 2 --config profile=smoke     everything, small and fast
snakemake --cores 2 study                      what the paper leaves open: chosen, and what the choice does (profile study)
"""


include: "rules/common.smk"
include: "rules/data.smk"
include: "rules/train.smk"
include: "rules/geometry.smk"
include: "rules/report.smk"


if VARIANTS:

    include: "rules/selection.smk"


include: "rules/staleness.smk"


rule all:
    """Every figure, animation and table, the verdict and the report."""
    default_target: True
    input:
        f"{REPORT}/index.md",
        f"{RESULTS}/report.html",
        f"{RESULTS}/verdict.csv",
        report_items,


rule data:
    """The preprocessed data sets."""
    input:
        expand(f"{DATA}/{{dataset}}.npz", dataset=DATASETS),


rule models:
    """The trained models."""
    input:
        expand(f"{RUN}/model.safetensors", dataset=DATASETS, seed=SEEDS),


rule geometry:
    """Metrics, geodesics and scores of the trained models."""
    input:
        geometry_artifacts,


rule chosen:
    """What is chosen of every data set that has candidates."""
    input:
        expand(f"{RESULTS}/selection/{{loader}}.csv", loader=LOADERS),


rule study:
    """What is chosen, and what the choice does: the figures and tables of profile study, which this target names."""
    input:
        expand(f"{RESULTS}/selection/{{loader}}.csv", loader=LOADERS),
        expand(f"{RUN}/radii.npz", dataset=WITH_RADII, seed=SEEDS),
        report_items,
