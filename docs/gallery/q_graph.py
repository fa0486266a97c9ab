"""Shortest paths among the data.

Each encoding is joined to its neighbours by edges as long as the metric says; the path through them never leaves the
data, and is measured like any other.
"""

graph: lg.Graph = lg.knn_graph(metric, encodings[:600], neighbours=8)
ends = torch.tensor([[int(encodings[:600, 0].argmin()), int(encodings[:600, 0].argmax())]])
found: lg.ShortestPaths = lg.shortest_paths(graph, ends)
axes = lg.plot.latent_map(metric, solution=lg.path(metric, graph.nodes[found.nodes[0]]), bounds=box)
for a, b in graph.edges[::3].tolist():
    axes.plot(*graph.nodes[[a, b]].T, color="black", linewidth=0.3, zorder=1)
