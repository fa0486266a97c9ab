"""Arrays to models."""


rule train:
    """Train one IWAE; a killed run goes on from its last checkpoint."""
    input:
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        code=imports("train"),
    output:
        model=update(f"{RUN}/model.safetensors"),
        architecture=update(f"{RUN}/model.json"),
        history=update(f"{RUN}/training.csv"),
        run=update(f"{RUN}/model.run.json"),
    log:
        f"{RESULTS}/logs/train/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train/{{dataset}}_seed{{seed}}.tsv"
    priority: 10
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=GPUS,
    params:
        settings=section("model", "train"),
        device=CONFIG["device"],
    shell:
        "python -m replication train --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input data={input.data} --input meta={input.meta}"
        " --output model={output.model} --output architecture={output.architecture}"
        " --output history={output.history} --run {output.run} --source {input.code} --threads {threads} --log {log}"
