"""Candidates to what is chosen among them, by the validation bound alone."""


def candidates(loader):
    """The models of a data set, and whether they may be chosen."""
    return {
        name: experiment["candidate"]
        for name, experiment in CONFIG["datasets"].items()
        if experiment["loader"] == loader and experiment.get("candidate") is not None
    }


rule selection:
    """Choose a data set's model by its validation bound."""
    input:
        records=lambda wildcards: expand(
            f"{RUN}/{{file}}",
            dataset=candidates(wildcards.loader),
            seed=SEEDS,
            file=["model.json", "training.csv"],
        ),
        code=imports("selection"),
    output:
        selection=update(f"{RESULTS}/selection/{{loader}}.csv"),
        run=update(f"{RESULTS}/selection/{{loader}}.run.json"),
    log:
        f"{RESULTS}/logs/selection/{{loader}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/selection/{{loader}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda wildcards: json.dumps(
            {
                "results": RESULTS,
                "candidates": candidates(wildcards.loader),
                "seeds": SEEDS,
                **CONFIG["selection"],
            },
            sort_keys=True,
        ),
    shell:
        "python -m replication selection --settings {params.settings:q}"
        " --output selection={output.selection} --run {output.run} --reads --source {input.code}"
        " --threads {threads} --log {log}"
