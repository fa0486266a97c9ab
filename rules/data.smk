"""Raw files to arrays."""


rule fetch:
    """Find or download a data set's raw files, or name the stand-in."""
    input:
        code=imports("fetch", loader_module),
    output:
        source=update(f"{RAW}/source.json"),
        run=update(f"{RAW}/fetch.run.json"),
    log:
        "results/logs/fetch/{loader}.log",
    benchmark:
        "results/benchmarks/fetch/{loader}.tsv"
    priority: 30  # what all else waits for comes first
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        settings=source_settings,
        mirror=MIRROR,
    shell:
        "REPLICATION_MIRROR={params.mirror:q} python -m replication fetch --dataset {wildcards.loader}"
        " --settings {params.settings:q} --output source={output.source} --run {output.run} --source {input.code}"
        " --always --threads {threads} --log {log}"


rule preprocess:
    """Turn raw files into the arrays of one experiment."""
    input:
        source=raw_source,
        code=imports("preprocess", loader_module),
    output:
        data=update(f"{DATA}/{{dataset}}.npz"),
        meta=update(f"{DATA}/{{dataset}}.json"),
        run=update(f"{DATA}/{{dataset}}.run.json"),
    log:
        f"{RESULTS}/logs/preprocess/{{dataset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/preprocess/{{dataset}}.tsv"
    priority: 20
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        settings=section("loader", "data"),
        seed=CONFIG["data_seed"],
    shell:
        "python -m replication preprocess --dataset {wildcards.dataset} --seed {params.seed}"
        " --settings {params.settings:q} --input source={input.source}"
        " --output data={output.data} --output meta={output.meta} --run {output.run} --source {input.code}"
        " --threads {threads} --log {log}"
