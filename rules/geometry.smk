"""Models to metrics, geodesics and scores."""


rule grid:
    """Metric and magnification factor over the latent space."""
    input:
        model=f"{RUN}/model.safetensors",
        architecture=f"{RUN}/model.json",
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        code=imports("grid", *METRICS),
    output:
        grid=update(f"{RUN}/metric_grid.npz"),
        run=update(f"{RUN}/grid.run.json"),
    log:
        f"{RESULTS}/logs/grid/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/grid/{{dataset}}_seed{{seed}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
        gpu=GPUS,
    params:
        settings=geometry_settings(),
        device=CONFIG["device"],
    shell:
        "python -m replication grid --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input model={input.model} --input architecture={input.architecture}"
        " --input data={input.data} --input meta={input.meta}"
        " --output grid={output.grid} --run {output.run} --source {input.code}"
        " --threads {threads} --log {log}"


rule geodesics:
    """Lines, geodesics and manifold paths of the drawn pairs."""
    input:
        model=f"{RUN}/model.safetensors",
        architecture=f"{RUN}/model.json",
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        code=imports("geodesics", loader_module, *METRICS),
    output:
        pairs=update(f"{RUN}/pairs.csv"),
        geodesics=update(f"{RUN}/geodesics.npz"),
        run=update(f"{RUN}/pairs.run.json"),
    log:
        f"{RESULTS}/logs/geodesics/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/geodesics/{{dataset}}_seed{{seed}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=GPUS,
    params:
        settings=geometry_settings(
            "pairs", "metrics", "follow_radius", "neural", "neural_metrics"
        ),
        device=CONFIG["device"],
    shell:
        "python -m replication geodesics --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input model={input.model} --input architecture={input.architecture}"
        " --input data={input.data} --input meta={input.meta}"
        " --output pairs={output.pairs} --output geodesics={output.geodesics} --run {output.run} --source {input.code}"
        " --threads {threads} --log {log}"


rule shown:
    """What the figures draw of the pair that they show."""
    input:
        model=f"{RUN}/model.safetensors",
        architecture=f"{RUN}/model.json",
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        geodesics=f"{RUN}/geodesics.npz",
        code=imports("shown", loader_module, *METRICS),
    output:
        shown=update(f"{RUN}/shown.npz"),
        run=update(f"{RUN}/shown.run.json"),
    log:
        f"{RESULTS}/logs/shown/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/shown/{{dataset}}_seed{{seed}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
        gpu=GPUS,
    params:
        settings=geometry_settings("frames", "film"),
        device=CONFIG["device"],
    shell:
        "python -m replication shown --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input model={input.model} --input architecture={input.architecture}"
        " --input data={input.data} --input meta={input.meta} --input geodesics={input.geodesics}"
        " --output shown={output.shown} --run {output.run} --source {input.code}"
        " --threads {threads} --log {log}"


rule sweep:
    """The paths' lengths over the strength of the smoothing."""
    input:
        model=f"{RUN}/model.safetensors",
        architecture=f"{RUN}/model.json",
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        code=imports("sweep", *METRICS),
    output:
        sweep=update(f"{RUN}/sweep.csv"),
        run=update(f"{RUN}/sweep.run.json"),
    log:
        f"{RESULTS}/logs/sweep/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/sweep/{{dataset}}_seed{{seed}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=GPUS,
    params:
        settings=geometry_settings("pairs", "follow_radius", "neural", "sweep"),
        device=CONFIG["device"],
    shell:
        "python -m replication sweep --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input model={input.model} --input architecture={input.architecture}"
        " --input data={input.data} --input meta={input.meta}"
        " --output sweep={output.sweep} --run {output.run} --source {input.code}"
        " --threads {threads} --log {log}"


rule radii:
    """How steep the decoder is along and across the data's ring, over the radius."""
    input:
        model=f"{RUN}/model.safetensors",
        architecture=f"{RUN}/model.json",
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        code=imports("radii"),
    output:
        radii=update(f"{RUN}/radii.npz"),
        run=update(f"{RUN}/radii.run.json"),
    log:
        f"{RESULTS}/logs/radii/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/radii/{{dataset}}_seed{{seed}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=GPUS,
    params:
        settings=geometry_settings("radii"),
        device=CONFIG["device"],
    shell:
        "python -m replication radii --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input model={input.model} --input architecture={input.architecture}"
        " --input data={input.data} --input meta={input.meta}"
        " --output radii={output.radii} --run {output.run} --source {input.code}"
        " --threads {threads} --log {log}"


rule starts:
    """Where the paper's solver ends, by what it starts from."""
    input:
        model=f"{RUN}/model.safetensors",
        architecture=f"{RUN}/model.json",
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        code=imports("starts", loader_module, *METRICS),
    output:
        starts=update(f"{RUN}/starts.csv"),
        run=update(f"{RUN}/starts.run.json"),
    log:
        f"{RESULTS}/logs/starts/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/starts/{{dataset}}_seed{{seed}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=GPUS,
    params:
        settings=geometry_settings("pairs", "follow_radius", "neural", "starts"),
        device=CONFIG["device"],
    shell:
        "python -m replication starts --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input model={input.model} --input architecture={input.architecture}"
        " --input data={input.data} --input meta={input.meta}"
        " --output starts={output.starts} --run {output.run} --source {input.code}"
        " --threads {threads} --log {log}"


rule domains:
    """The paths where curves may go as far as the prior has mass."""
    input:
        model=f"{RUN}/model.safetensors",
        architecture=f"{RUN}/model.json",
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        code=imports("domains", loader_module, *METRICS),
    output:
        domains=update(f"{RUN}/domains.csv"),
        run=update(f"{RUN}/domains.run.json"),
    log:
        f"{RESULTS}/logs/domains/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/domains/{{dataset}}_seed{{seed}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=GPUS,
    params:
        settings=geometry_settings("pairs", "follow_radius", "neural", "domains"),
        device=CONFIG["device"],
    shell:
        "python -m replication domains --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input model={input.model} --input architecture={input.architecture}"
        " --input data={input.data} --input meta={input.meta}"
        " --output domains={output.domains} --run {output.run} --source {input.code}"
        " --threads {threads} --log {log}"


rule retrainings:
    """Distances of the same pairs in every metric, for models that were trained alike."""
    input:
        model=f"{RUN}/model.safetensors",
        architecture=f"{RUN}/model.json",
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        code=imports("retrainings", loader_module, *METRICS),
    output:
        retrainings=update(f"{RUN}/retrainings.csv"),
        run=update(f"{RUN}/retrainings.run.json"),
    log:
        f"{RESULTS}/logs/retrainings/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/retrainings/{{dataset}}_seed{{seed}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=GPUS,
    params:
        settings=geometry_settings("follow_radius", "retrainings"),
        device=CONFIG["device"],
    shell:
        "python -m replication retrainings --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input model={input.model} --input architecture={input.architecture}"
        " --input data={input.data} --input meta={input.meta}"
        " --output retrainings={output.retrainings} --run {output.run} --source {input.code}"
        " --threads {threads} --log {log}"


rule options:
    """Some pairs in every metric, over the metrics' options."""
    input:
        model=f"{RUN}/model.safetensors",
        architecture=f"{RUN}/model.json",
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        code=imports("options", loader_module, *METRICS),
    output:
        study=update(f"{RUN}/study.csv"),
        run=update(f"{RUN}/options.run.json"),
    log:
        f"{RESULTS}/logs/options/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/options/{{dataset}}_seed{{seed}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=GPUS,
    params:
        settings=geometry_settings("pairs", "follow_radius", "neural", "study"),
        device=CONFIG["device"],
    shell:
        "python -m replication options --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input model={input.model} --input architecture={input.architecture}"
        " --input data={input.data} --input meta={input.meta}"
        " --output study={output.study} --run {output.run} --source {input.code}"
        " --threads {threads} --log {log}"


rule distances:
    """Geodesic distance from one encoding to the whole latent space."""
    input:
        model=f"{RUN}/model.safetensors",
        architecture=f"{RUN}/model.json",
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        code=imports("distances", *METRICS),
    output:
        distances=update(f"{RUN}/distance_field.npz"),
        run=update(f"{RUN}/distances.run.json"),
    log:
        f"{RESULTS}/logs/distances/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/distances/{{dataset}}_seed{{seed}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        gpu=GPUS,
    params:
        settings=geometry_settings("distance_field"),
        device=CONFIG["device"],
    shell:
        "python -m replication distances --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input model={input.model} --input architecture={input.architecture}"
        " --input data={input.data} --input meta={input.meta}"
        " --output distances={output.distances} --run {output.run} --source {input.code}"
        " --threads {threads} --log {log}"


rule neighbours:
    """Classes of each encoding's nearest neighbours, by geodesic and by latent distance."""
    input:
        model=f"{RUN}/model.safetensors",
        architecture=f"{RUN}/model.json",
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        code=imports("neighbours", *METRICS),
    output:
        neighbours=update(f"{RUN}/neighbours.csv"),
        run=update(f"{RUN}/neighbours.run.json"),
    log:
        f"{RESULTS}/logs/neighbours/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/neighbours/{{dataset}}_seed{{seed}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        gpu=GPUS,
    params:
        settings=geometry_settings("neighbours"),
        device=CONFIG["device"],
    shell:
        "python -m replication neighbours --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input model={input.model} --input architecture={input.architecture}"
        " --input data={input.data} --input meta={input.meta}"
        " --output neighbours={output.neighbours} --run {output.run} --source {input.code}"
        " --threads {threads} --log {log}"


rule score:
    """One model's numbers: the bound on the test set and the summary of its pairs."""
    input:
        model=f"{RUN}/model.safetensors",
        architecture=f"{RUN}/model.json",
        data=f"{DATA}/{{dataset}}.npz",
        meta=f"{DATA}/{{dataset}}.json",
        history=f"{RUN}/training.csv",
        pairs=f"{RUN}/pairs.csv",
        code=imports("score"),
    output:
        scores=update(f"{RUN}/scores.json"),
        run=update(f"{RUN}/scores.run.json"),
    log:
        f"{RESULTS}/logs/score/{{dataset}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/score/{{dataset}}_seed{{seed}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        gpu=GPUS,
    params:
        settings=score_settings,
        device=CONFIG["device"],
    shell:
        "python -m replication score --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --settings {params.settings:q} --device {params.device}"
        " --input model={input.model} --input architecture={input.architecture}"
        " --input data={input.data} --input meta={input.meta}"
        " --input history={input.history} --input pairs={input.pairs}"
        " --output scores={output.scores} --run {output.run} --source {input.code} --threads {threads} --log {log}"
