"""Artifacts to figures, animations, tables, the verdict and the report."""


# Judge every reported item by the rule written beside it.
use rule stage as verdict with:
    input:
        **reads("verdict"),
    output:
        **makes("verdict"),
    log:
        beside("logs", "verdict", ".log"),
    benchmark:
        beside("benchmarks", "verdict", ".tsv")
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        **told("verdict"),


# Draw one figure.
use rule stage as figure with:
    input:
        **reads("figure"),
    output:
        **makes("figure"),
    log:
        beside("logs", "figure", ".log"),
    benchmark:
        beside("benchmarks", "figure", ".tsv")
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        **told("figure"),


# Draw one animation.
use rule stage as animation with:
    input:
        **reads("animation"),
    output:
        **makes("animation"),
    log:
        beside("logs", "animation", ".log"),
    benchmark:
        beside("benchmarks", "animation", ".tsv")
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        **told("animation"),


# Build one table.
use rule stage as table with:
    input:
        **reads("table"),
    output:
        **makes("table"),
    log:
        beside("logs", "table", ".log"),
    benchmark:
        beside("benchmarks", "table", ".tsv")
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        **told("table"),


# The page of all figures, animations and tables, and the report that opens in a browser.
use rule stage as index with:
    input:
        **reads("index"),
    output:
        **makes("index"),
    log:
        beside("logs", "index", ".log"),
    benchmark:
        beside("benchmarks", "index", ".tsv")
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        **told("index"),


# The page in which geodesics are computed while one looks at them.
use rule stage as explorer with:
    input:
        **reads("explorer"),
    output:
        **makes("explorer"),
    log:
        beside("logs", "explorer", ".log"),
    benchmark:
        beside("benchmarks", "explorer", ".tsv")
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        **told("explorer"),
