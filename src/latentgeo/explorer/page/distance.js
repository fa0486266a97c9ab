// Distances from a place to every node of a graph: a path may reach a node between two of its neighbours.
//
// The update of Bornemann and Rasch (2006): distances are linear along the side of the polygon through neighbours.

import { OFFSETS } from "./graph.js";

// how often all nodes are updated, in the order of their distance
const PASSES = 4;

// neighbours around a node, by angle; k is the number of the edge, own whether it begins at the node
const AROUND = OFFSETS.flatMap(([a, b], k) => [
  { a, b, k, own: true },
  { a: -a, b: -b, k, own: false },
]).sort((p, q) => Math.atan2(p.b, p.a) - Math.atan2(q.b, q.a));

/**
 * @param graph of the metric
 * @param tree of the graph, from the place; its distances are too long, as paths keep to edges
 * @returns (size, size) distances, x first
 */
export function distances(graph, tree) {
  const { size, gap, entries, lengths } = graph;
  const fine = 2 * size - 1;
  const found = Float64Array.from(tree.distance);
  const order = Uint32Array.from(found.keys()).sort((p, q) => found[p] - found[q]);
  const count = AROUND.length;
  const reach = new Float64Array(count),
    edge = new Float64Array(count);
  const steps = AROUND.map(({ a, b }) => [a * gap[0], b * gap[1]]);
  for (let pass = 0; pass < PASSES; pass++) {
    for (const node of order) {
      const i = Math.floor(node / size),
        j = node - i * size;
      for (let n = 0; n < count; n++) {
        const { a, b, k, own } = AROUND[n];
        const inside = i + a >= 0 && i + a < size && j + b >= 0 && j + b < size;
        const other = node + a * size + b;
        reach[n] = inside ? found[other] : Infinity;
        edge[n] = inside ? lengths[k][own ? node : other] : Infinity;
      }
      const at = 3 * (2 * i * fine + 2 * j);
      const g0 = entries[at],
        g1 = entries[at + 1],
        g2 = entries[at + 2];
      let best = found[node];
      for (let n = 0; n < count; n++) {
        const m = n + 1 < count ? n + 1 : 0;
        if (Math.min(reach[n], reach[m]) >= best || reach[n] === Infinity || reach[m] === Infinity) continue;
        const [x, y] = steps[n],
          [u, v] = steps[m];
        const xx = g0 * x * x + 2 * g1 * x * y + g2 * y * y,
          uu = g0 * u * u + 2 * g1 * u * v + g2 * v * v;
        const xu = g0 * x * u + g1 * (x * v + y * u) + g2 * y * v;
        const cosine = xx > 0 && uu > 0 ? Math.min(xu / Math.sqrt(xx * uu), 1) : 1;
        best = Math.min(best, between(reach[n], reach[m], edge[n], edge[m], cosine));
      }
      found[node] = best;
    }
  }
  return found;
}

/** The least of (1 - t) p + t q + |way to the point t of the side|, for ways of lengths a and b to its ends. */
export function between(p, q, a, b, cosine) {
  const inner = a * b * cosine;
  const A = a * a + b * b - 2 * inner,
    B = inner - a * a,
    C = a * a;
  const change = q - p;
  const ends = Math.min(p + a, q + b);
  if (!(A > change * change)) return ends;
  const t = (-B - change * Math.sqrt(Math.max(0, A * C - B * B) / (A - change * change))) / A;
  if (!(t > 0 && t < 1)) return ends;
  return Math.min(ends, p + t * change + Math.sqrt(Math.max(0, A * t * t + 2 * B * t + C)));
}
