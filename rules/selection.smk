"""Candidates to what is chosen among them, by the validation bound alone."""


# Choose a data set's model by its validation bound.
use rule stage as selection with:
    input:
        **reads("selection"),
    output:
        **makes("selection"),
    log:
        beside("logs", "selection", ".log"),
    benchmark:
        beside("benchmarks", "selection", ".tsv")
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        **told("selection"),
