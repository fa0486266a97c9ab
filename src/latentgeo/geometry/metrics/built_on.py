"""Metrics that are pointwise functions of others: what they are built on in the end, and the same over another one."""

from latentgeo.geometry.metrics.metric import Metric

__all__ = ["root_of", "substitute"]


def root_of(metric: Metric) -> Metric:
    """The metric that this one is built on in the end; itself if it is built on none."""
    return metric if metric.base is None else root_of(metric.base)


def substitute(metric: Metric, inner: Metric, replacement: Metric) -> Metric:
    """The metric with one that it is built on exchanged, e.g. for its cache; itself if it is not built on it."""
    if metric is inner:
        return replacement
    if metric.base is None:
        return metric
    base = substitute(metric.base, inner, replacement)
    return metric if base is metric.base else metric.over(base)
