"""Numbers of domains.csv: the paths' ratios where curves are bounded by the prior in place of the data's box."""

import numpy as np
import pandas as pd

from replication.evidence import fits
from replication.evidence.columns import select
from replication.files.needs import Need, Needs

__all__ = ["DOMAINS", "MODELS", "NEEDS", "SOLVERS", "by_domain"]

MODELS = {"underfitted": fits.UNDERFITTED["pendulum"], "fitted": fits.SELECTED["pendulum"]}
NEEDS = [Need(model, "domains.csv") for model in dict.fromkeys(MODELS.values())]
SOLVERS = {"neural": "paper's solver", "geodesic": "shortest"}
DOMAINS = {0.0: "encodings and 15 %", 0.95: "95 % of the prior", 0.99: "99 % of the prior"}


def by_domain(needs: Needs, model: str) -> pd.DataFrame:
    """One row a domain and solver, over the pairs of all seeds.

    Columns: domain (share of the prior, 0 for the box around the encodings), path (neural or geodesic), pairs,
    euclidean (line / geodesic), manifold (manifold / geodesic), follow and bounded (shares).
    """
    frame = pd.concat(needs.all(model, "domains.csv").values(), ignore_index=True)
    rows = []
    for domain in sorted(set(frame["domain"].to_numpy(float))):
        paths = {path: select(frame, path, domain=domain) for path in ("euclidean", "manifold", *SOLVERS)}
        means = {path: one["length"].to_numpy(float).mean() for path, one in paths.items()}
        for path in SOLVERS:
            rows.append(
                {
                    "domain": domain,
                    "path": path,
                    "pairs": len(paths[path]),
                    "euclidean": means["euclidean"] / means[path],
                    "manifold": means["manifold"] / means[path],
                    "follow": paths[path]["follow"].to_numpy(float).mean(),
                    "bounded": np.mean(paths[path]["outcome"].to_numpy() == "bounded"),
                }
            )
    return pd.DataFrame(rows)
