"""Geodesics beside straight lines.

Many pairs in one call. Blue: the shortest curve that was found; orange and dashed: the straight line.
"""

solution: lg.GeodesicSolution = lg.geodesic(metric, encodings[:6], encodings[6:12], data=encodings)
lg.plot.latent_map(metric, data=encodings, solution=solution)
print(solution)
print(
    "line / geodesic", (lg.euclidean(metric, encodings[:6], encodings[6:12]).length / solution.length).numpy().round(2)
)
