"""Do neighbours, clusters and normal laws by geodesic distances know more than those by latent ones?"""

import pandas as pd

from replication.evidence import statistics
from replication.files.needs import Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "Do geodesic neighbours and clusters know more, in numbers"
CAPTION = (
    "Encodings of test data, by latent and by geodesic distances: the accuracy of a vote of the nearest neighbours on "
    "the digit; clusters around ten medoids against the digits, by the adjusted Rand index and the normalised mutual "
    "information; the error of the gait's phase as the mean of the nearest training poses'; plain normals (latent "
    "distance) and locally adaptive ones of a hundred encodings of each digit at others of it, the accuracy of the "
    "likeliest one, and the share of them that converged. Means over seeds, and by how much more than with the latent "
    "distance on the same points, with 95 % intervals over seeds and points."
)
NEEDS = statistics.NEEDS


def build(needs: Needs) -> pd.DataFrame:
    """One row a measure and metric."""
    return pd.DataFrame(
        {
            "data": one.measure.dataset,
            "measure": one.measure.words,
            "distances": statistics.METRICS[one.metric],
            "value": one.value.value,
            "value_low": one.value.low,
            "value_high": one.value.high,
            "more": one.more.value,
            "more_low": one.more.low,
            "more_high": one.more.high,
            "better": one.better,
            "seeds": len(one.seeds),
            "rows": one.value.n,
        }
        for one in statistics.found(needs)
    )
