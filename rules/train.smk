"""Arrays to models."""


# Train one IWAE; a killed run goes on from its last checkpoint.
use rule stage as train with:
    input:
        **reads("train"),
    output:
        **makes("train"),
    log:
        beside("logs", "train", ".log"),
    benchmark:
        beside("benchmarks", "train", ".tsv")
    priority: 10
    resources:
        gpu=GPUS,
    params:
        **told("train"),
