"""How every pair ended.

Nothing is dropped: each pair has an outcome. Bounds that are too tight hold curves back, which is said too.
"""

tight: lg.Bounds = tuple((low.item(), high.item()) for low, high in zip(encodings[:30].amin(0), encodings[:30].amax(0)))
runs = {
    "as it is": lg.geodesic(metric, encodings[:15], encodings[15:30], data=encodings),
    "in tight bounds": lg.geodesic(metric, encodings[:15], encodings[15:30], bounds=tight),
    "without certificate": lg.geodesic(metric, encodings[:15], encodings[15:30], lg.SplineCurve(certify=False)),
}
plt.figure(layout="constrained")
left = dict.fromkeys(runs, 0)
for outcome in lg.Outcome:
    counts = [run.outcome.count(outcome) for run in runs.values()]
    if any(counts):
        plt.barh(list(runs), counts, left=list(left.values()), label=outcome.value)
        left = {name: left[name] + count for name, count in zip(runs, counts)}
plt.xlabel("pairs")
plt.legend()
