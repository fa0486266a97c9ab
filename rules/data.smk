"""Raw files to arrays."""


# Find or download a data set's raw files, or name the stand-in.
use rule stage as fetch with:
    input:
        **reads("fetch"),
    output:
        **makes("fetch"),
    log:
        beside("logs", "fetch", ".log"),
    benchmark:
        beside("benchmarks", "fetch", ".tsv")
    priority: 30
    resources:
        mem_mb=1000,
    params:
        **told("fetch"),


# Turn raw files into the arrays of one experiment.
use rule stage as preprocess with:
    input:
        **reads("preprocess"),
    output:
        **makes("preprocess"),
    log:
        beside("logs", "preprocess", ".log"),
    benchmark:
        beside("benchmarks", "preprocess", ".tsv")
    priority: 20
    resources:
        runtime=30,
    params:
        **told("preprocess"),
