"""Artifacts to figures, animations, tables, the verdict and the report."""


rule verdict:
    """Judge every reported item by the rule written beside it."""
    input:
        artifacts=geometry_artifacts,
        reported=REPORTED,
        code=imports("verdict"),
    output:
        verdict=update(VERDICT),
        run=update(f"{RESULTS}/verdict.run.json"),
    log:
        f"{RESULTS}/logs/verdict.log",
    benchmark:
        f"{RESULTS}/benchmarks/verdict.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=report_settings,
    shell:
        "python -m replication verdict --settings {params.settings:q}"
        " --output verdict={output.verdict} --run {output.run} --reads --source {input.code}"
        " --threads {threads} --log {log}"


rule figure:
    """Draw one figure."""
    input:
        artifacts=lambda wildcards: artifacts_for(figures.load(wildcards.figure)),
        reported=REPORTED,
        code=imports(
            "figure", lambda wildcards: f"replication.figures.{wildcards.figure}"
        ),
    output:
        png=update(f"{REPORT}/{{figure}}.png"),
        pdf=update(f"{REPORT}/{{figure}}.pdf"),
        run=update(f"{RESULTS}/records/{{figure}}.run.json"),
    log:
        f"{RESULTS}/logs/figure/{{figure}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/figure/{{figure}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=report_settings,
    shell:
        "python -m replication figure --settings {params.settings:q}"
        " --output png={output.png} --output pdf={output.pdf}"
        " --run {output.run} --reads --source {input.code} --threads {threads} --log {log}"


rule animation:
    """Draw one animation."""
    input:
        artifacts=lambda wildcards: artifacts_for(animations.load(wildcards.animation)),
        code=imports(
            "animation",
            lambda wildcards: f"replication.animations.{wildcards.animation}",
        ),
    output:
        gif=update(f"{REPORT}/{{animation}}.gif"),
        run=update(f"{RESULTS}/records/{{animation}}.run.json"),
    log:
        f"{RESULTS}/logs/animation/{{animation}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/animation/{{animation}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=report_settings,
    shell:
        "python -m replication animation --settings {params.settings:q}"
        " --output gif={output.gif}"
        " --run {output.run} --reads --source {input.code} --threads {threads} --log {log}"


rule table:
    """Build one table."""
    input:
        artifacts=lambda wildcards: artifacts_for(tables.load(wildcards.table)),
        verdict=[] if VARIANTS else VERDICT,
        reported=REPORTED,
        code=imports("table", lambda wildcards: f"replication.tables.{wildcards.table}"),
    output:
        csv=update(f"{REPORT}/{{table}}.csv"),
        md=update(f"{REPORT}/{{table}}.md"),
        run=update(f"{RESULTS}/records/{{table}}.run.json"),
    log:
        f"{RESULTS}/logs/table/{{table}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/table/{{table}}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=report_settings,
        verdict=lambda wildcards, input: (
            f"--input verdict={input.verdict}" if input.verdict else ""
        ),
    shell:
        "python -m replication table --settings {params.settings:q} {params.verdict}"
        " --output csv={output.csv} --output md={output.md}"
        " --run {output.run} --reads --source {input.code} --threads {threads} --log {log}"


rule index:
    """The page of all figures, animations and tables with captions and numbers, and the report that opens in a browser."""
    input:
        shown=report_items,
        verdict=VERDICT,
        artifacts=geometry_artifacts,
        reported=REPORTED,
        code=imports(
            "index",
            *(f"replication.figures.{name}" for name in FIGURES),
            *(f"replication.animations.{name}" for name in ANIMATIONS),
            *(f"replication.tables.{name}" for name in TABLES),
        ),
    output:
        index=update(f"{REPORT}/index.md"),
        report=update(f"{RESULTS}/report.html"),
        run=update(f"{RESULTS}/report.run.json"),
    log:
        f"{RESULTS}/logs/index.log",
    benchmark:
        f"{RESULTS}/benchmarks/index.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=report_settings,
    shell:
        "python -m replication index --settings {params.settings:q} --input verdict={input.verdict}"
        " --output index={output.index} --output report={output.report} --run {output.run} --reads --source {input.code}"
        " --threads {threads} --log {log}"
