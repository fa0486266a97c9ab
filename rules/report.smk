"""Artifacts to figures, tables, the verdict and the report."""


rule verdict:
    """Judge every reported item by the rule written beside it."""
    input:
        geometry_artifacts,
        code=closure("replication.stages.verdict"),
    output:
        verdict=VERDICT,
        run=f"{RESULTS}/verdict.run.json",
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
        reported=REPORTED.read_text(encoding="utf-8"),
    shell:
        "python -m replication verdict --settings {params.settings:q}"
        " --output verdict={output.verdict} --run {output.run} --threads {threads} --log {log}"


rule figure:
    """Draw one figure."""
    input:
        artifacts=lambda wildcards: artifacts_for(figures.load(wildcards.figure)),
        code=lambda wildcards: closure(
            "replication.stages.figure", f"replication.figures.{wildcards.figure}"
        ),
    output:
        png=f"{REPORT}/{{figure}}.png",
        pdf=f"{REPORT}/{{figure}}.pdf",
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
        reported=REPORTED.read_text(encoding="utf-8"),
    shell:
        "python -m replication figure --settings {params.settings:q}"
        " --output png={output.png} --output pdf={output.pdf} --threads {threads} --log {log}"


rule table:
    """Build one table."""
    input:
        artifacts=lambda wildcards: artifacts_for(tables.load(wildcards.table)),
        verdict=VERDICT,
        code=lambda wildcards: closure(
            "replication.stages.table", f"replication.tables.{wildcards.table}"
        ),
    output:
        csv=f"{REPORT}/{{table}}.csv",
        md=f"{REPORT}/{{table}}.md",
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
        reported=REPORTED.read_text(encoding="utf-8"),
    shell:
        "python -m replication table --settings {params.settings:q} --input verdict={input.verdict}"
        " --output csv={output.csv} --output md={output.md} --threads {threads} --log {log}"


rule index:
    """The page of all figures and tables with captions and numbers, and the report that opens in a browser."""
    input:
        shown=report_items,
        verdict=VERDICT,
        artifacts=geometry_artifacts,
        code=closure(
            "replication.stages.index",
            *(f"replication.figures.{name}" for name in FIGURES),
            *(f"replication.tables.{name}" for name in TABLES),
        ),
    output:
        index=f"{REPORT}/index.md",
        report=f"{RESULTS}/report.html",
        run=f"{RESULTS}/report.run.json",
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
        reported=REPORTED.read_text(encoding="utf-8"),
    shell:
        "python -m replication index --settings {params.settings:q} --input verdict={input.verdict}"
        " --output index={output.index} --output report={output.report} --run {output.run}"
        " --threads {threads} --log {log}"
