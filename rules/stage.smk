"""What the rules of all stages share; theirs say which stage, and what it may take."""


rule stage:
    """What the rules of all stages share."""
    log:
        "results/logs/stage.log",
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    shell:
        "python -m replication {params.run} --settings {params.settings:q} --threads {threads} --log {log}"
