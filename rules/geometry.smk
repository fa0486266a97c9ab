"""Models to metrics, geodesics and scores."""


# Metric and magnification factor over the latent space.
use rule stage as grid with:
    input:
        **reads("grid"),
    output:
        **makes("grid"),
    log:
        beside("logs", "grid", ".log"),
    benchmark:
        beside("benchmarks", "grid", ".tsv")
    resources:
        mem_mb=2000,
        runtime=30,
        gpu=GPUS,
    params:
        **told("grid"),


# Lines, geodesics and manifold paths of the drawn pairs.
use rule stage as geodesics with:
    input:
        **reads("geodesics"),
    output:
        **makes("geodesics"),
    log:
        beside("logs", "geodesics", ".log"),
    benchmark:
        beside("benchmarks", "geodesics", ".tsv")
    resources:
        gpu=GPUS,
    params:
        **told("geodesics"),


# What the figures draw of the pair that they show.
use rule stage as shown_pair with:
    input:
        **reads("shown_pair"),
    output:
        **makes("shown_pair"),
    log:
        beside("logs", "shown_pair", ".log"),
    benchmark:
        beside("benchmarks", "shown_pair", ".tsv")
    resources:
        mem_mb=2000,
        runtime=30,
        gpu=GPUS,
    params:
        **told("shown_pair"),


# The paths' lengths over the strength of the smoothing.
use rule stage as sweep with:
    input:
        **reads("sweep"),
    output:
        **makes("sweep"),
    log:
        beside("logs", "sweep", ".log"),
    benchmark:
        beside("benchmarks", "sweep", ".tsv")
    resources:
        gpu=GPUS,
    params:
        **told("sweep"),


# How steep the decoder is along and across the data's ring, over the radius.
use rule stage as radii with:
    input:
        **reads("radii"),
    output:
        **makes("radii"),
    log:
        beside("logs", "radii", ".log"),
    benchmark:
        beside("benchmarks", "radii", ".tsv")
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=GPUS,
    params:
        **told("radii"),


# Where the paper's solver ends, by what it starts from.
use rule stage as starts with:
    input:
        **reads("starts"),
    output:
        **makes("starts"),
    log:
        beside("logs", "starts", ".log"),
    benchmark:
        beside("benchmarks", "starts", ".tsv")
    resources:
        gpu=GPUS,
    params:
        **told("starts"),


# The paths where curves may go as far as the prior has mass.
use rule stage as domains with:
    input:
        **reads("domains"),
    output:
        **makes("domains"),
    log:
        beside("logs", "domains", ".log"),
    benchmark:
        beside("benchmarks", "domains", ".tsv")
    resources:
        gpu=GPUS,
    params:
        **told("domains"),


# Distances of the same pairs in every metric, for models that were trained alike.
use rule stage as retrainings with:
    input:
        **reads("retrainings"),
    output:
        **makes("retrainings"),
    log:
        beside("logs", "retrainings", ".log"),
    benchmark:
        beside("benchmarks", "retrainings", ".tsv")
    resources:
        gpu=GPUS,
    params:
        **told("retrainings"),


# Some pairs in every metric, over the metrics' options.
use rule stage as options with:
    input:
        **reads("options"),
    output:
        **makes("options"),
    log:
        beside("logs", "options", ".log"),
    benchmark:
        beside("benchmarks", "options", ".tsv")
    resources:
        gpu=GPUS,
    params:
        **told("options"),


# Geodesic distance from one encoding to the whole latent space.
use rule stage as distances with:
    input:
        **reads("distances"),
    output:
        **makes("distances"),
    log:
        beside("logs", "distances", ".log"),
    benchmark:
        beside("benchmarks", "distances", ".tsv")
    resources:
        runtime=30,
        gpu=GPUS,
    params:
        **told("distances"),


# Classes of each encoding's nearest neighbours, by geodesic and by latent distance.
use rule stage as neighbours with:
    input:
        **reads("neighbours"),
    output:
        **makes("neighbours"),
    log:
        beside("logs", "neighbours", ".log"),
    benchmark:
        beside("benchmarks", "neighbours", ".tsv")
    resources:
        runtime=30,
        gpu=GPUS,
    params:
        **told("neighbours"),


# What neighbours and clusters by geodesic distances know of classes and phases.
use rule stage as statistics with:
    input:
        **reads("statistics"),
    output:
        **makes("statistics"),
    log:
        beside("logs", "statistics", ".log"),
    benchmark:
        beside("benchmarks", "statistics", ".tsv")
    resources:
        runtime=30,
        gpu=GPUS,
    params:
        **told("statistics"),


# Whether locally adaptive normals know where classes are better than plain ones.
use rule stage as class_laws with:
    input:
        **reads("class_laws"),
    output:
        **makes("class_laws"),
    log:
        beside("logs", "class_laws", ".log"),
    benchmark:
        beside("benchmarks", "class_laws", ".tsv")
    resources:
        runtime=60,
        gpu=GPUS,
    params:
        **told("class_laws"),


# One model's numbers: the bound on the test set and the summary of its pairs.
use rule stage as score with:
    input:
        **reads("score"),
    output:
        **makes("score"),
    log:
        beside("logs", "score", ".log"),
    benchmark:
        beside("benchmarks", "score", ".tsv")
    resources:
        runtime=30,
        gpu=GPUS,
    params:
        **told("score"),
