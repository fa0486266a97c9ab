"""Numbers of domains.csv: the paths' ratios where curves are bounded by the prior in place of the data's box."""

import pandas as pd

from replication import fits
from replication.needs import Need, Needs

__all__ = ["DOMAINS", "MODELS", "NEEDS", "SOLVERS", "by_domain"]

MODELS = {"underfitted": fits.UNDERFITTED["pendulum"], "fitted": fits.fitted("pendulum")}
NEEDS = [Need(model, "domains.csv") for model in dict.fromkeys(MODELS.values())]
SOLVERS = {"neural": "paper's solver", "geodesic": "shortest"}
DOMAINS = {0.0: "encodings and 15 %", 0.95: "95 % of the prior", 0.99: "99 % of the prior"}


def by_domain(needs: Needs, model: str) -> pd.DataFrame:
    """One row a domain and solver, over the pairs of all seeds.

    Columns: domain (share of the prior, 0 for the box around the encodings), path (neural or geodesic), pairs,
    euclidean (line / geodesic), manifold (manifold / geodesic), follow and bounded (shares).
    """
    frame = pd.concat(needs.all(model, "domains.csv").values())
    rows = []
    for domain, one in frame.groupby("domain"):
        means = one.groupby("path")["length"].mean()
        for path in SOLVERS:
            of_path = one[one["path"] == path]
            rows.append(
                {
                    "domain": float(domain),  # pyright: ignore[reportArgumentType]
                    "path": path,
                    "pairs": len(of_path),
                    "euclidean": float(means["euclidean"] / means[path]),
                    "manifold": float(means["manifold"] / means[path]),
                    "follow": float(of_path["follow"].mean()),
                    "bounded": float((of_path["outcome"] == "bounded").mean()),
                }
            )
    return pd.DataFrame(rows)
