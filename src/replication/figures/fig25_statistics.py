"""Do neighbours, clusters and normal laws by geodesic distances know more than those by latent ones?"""

from matplotlib.figure import Figure

from replication.evidence import statistics
from replication.evidence.rounding import with_interval
from replication.files.needs import Needs
from replication.looks import style

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "Do geodesic neighbours and clusters know more?"
CAPTION = (
    "Encodings of test data by latent distances (diamonds, dashed) and by geodesic distances under each metric "
    "(circles); small: single seeds. Digits: the share whose class a vote of the nearest neighbours tells, and how "
    "well ten clusters around medoids agree with them, by the adjusted Rand index and the normalised mutual "
    "information (1: exactly, 0: as by chance). Walks: the error of the gait's phase, told by the nearest poses of "
    "other walks. Laws: normals fitted to a hundred encodings of each digit, plain ones (latent distance) and locally "
    "adaptive ones, at others of the same digit, and how often the likeliest law is the right one. 95 % intervals over "
    "seeds and points."
)
NEEDS = statistics.NEEDS


def draw(needs: Needs) -> Figure:
    """A panel a measure, a row a metric."""
    figure = style.figure(style.PAGE, 4.2)
    drawn = [measure for measure in statistics.MEASURES if measure.drawn]
    panels = dict(zip(drawn, figure.subplots(2, len(drawn) // 2, sharey=True).flat, strict=True))
    rows = {metric: -place for place, metric in enumerate(statistics.METRICS)}
    for one in (one for one in statistics.found(needs) if one.measure.drawn):
        axis, y, latent = panels[one.measure], rows[one.metric], one.metric == "latent"
        colour = style.PATHS["euclidean" if latent else "geodesic"]
        reach = [[one.value.value - one.value.low], [one.value.high - one.value.value]]
        axis.errorbar(
            [one.value.value], [y], xerr=reach, fmt="D" if latent else "o", color=colour, markersize=4, linewidth=1
        )
        axis.plot(one.seeds, [y - 0.28] * len(one.seeds), "o", color=colour, markersize=2, alpha=0.5)
        if latent:
            axis.axvline(one.value.value, color="0.5", linewidth=0.8, linestyle="--", zorder=0)
    for measure, axis in panels.items():
        axis.set_xlabel(measure.words.replace(", ", ",\n"))
        axis.margins(x=0.25)
    first = panels[drawn[0]]
    first.set_yticks(list(rows.values()), list(statistics.METRICS.values()))
    first.set_ylim(-len(rows) + 0.4, 0.5)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """All values."""
    return {
        f"{one.measure.words}, {statistics.METRICS[one.metric]}": with_interval(one.value)
        for one in statistics.found(needs)
    }
