// All that is computed of one model: maps, paths, distances and decoded frames. It knows latent points only.

import { contours, roundLevels } from "./contours.js";
import { atShares, line, reached } from "./curve.js";
import { decoderOf } from "./decoder.js";
import { distances } from "./distance.js";
import { QUICK, THOROUGH, geodesic, measured } from "./geodesic.js";
import { Graph, NODES } from "./graph.js";
import { Metric, metricsOf } from "./metric.js";

// Nodes of the grids whose paths are refined: another one prefers other ways, and where smoothing made valleys flat the
// lengths of each are too long. Once a point rests, more.
const OTHERS = [65],
  MORE = [97, 257];
// graphs that are kept, and trees
const KEPT = 12;
// even times along a path, at which it is drawn and its velocity shown
const TIMES = 129;
const EVENLY = Float64Array.from({ length: TIMES }, (_, k) => k / (TIMES - 1));
const LEVELS = 12;

export class Solver {
  /** @param payload see `latentgeo.explorer.payload` */
  constructor(payload) {
    const { lattice, build } = metricsOf(payload.metric);
    Object.assign(this, { lattice, build, raw: new Metric(lattice), graphs: new Map(), trees: new Map() });
    this.decode = decoderOf(payload.decoder);
  }

  /** The graph of a metric, with a smoothing of its own or of the one that is given. */
  graph(metric, lambda, size = NODES) {
    return kept(this.graphs, `${metric} ${lambda} ${size}`, () => new Graph(this.build(metric, lambda), size));
  }

  /** The magnification factor on a grid, x first; in the latent space's units. */
  map({ metric, lambda }) {
    const { entries, size } = this.graph(metric, lambda);
    const [sx, sy] = this.lattice.step;
    const values = new Float32Array((2 * size - 1) ** 2);
    for (let n = 0; n < values.length; n++) {
      const a = entries[3 * n],
        b = entries[3 * n + 1],
        c = entries[3 * n + 2];
      values[n] = Math.sqrt(Math.max(0, a * c - b * b)) / (sx * sy);
    }
    return { values, size: 2 * size - 1 };
  }

  /**
   * The line and the geodesic between two latent points.
   * @param from which end the graph is searched from, 0 or 1: a search is kept, so the end that does not move
   * @param thorough whether there is time: a second, say
   */
  paths({ metric, lambda, ends, from = 0, thorough = false }) {
    const graph = this.graph(metric, lambda);
    const under = graph.metric;
    const places = ends.map((end) => this.lattice.inside(this.lattice.toPlace(end)));
    const began = performance.now();
    const sizes = [NODES, ...(under.lambda ? OTHERS : []), ...(thorough ? MORE : [])];
    const [root, place] = [places[from], places[1 - from]];
    const chains = sizes.map((size) => {
      const other = this.graph(metric, lambda, size);
      return other.path(this.tree(other, metric, lambda, root), place);
    });
    const quick = geodesic(under, [root, place], chains.slice(0, thorough ? 1 : undefined), QUICK);
    const found = thorough ? shorter(geodesic(under, [root, place], chains, THOROUGH), quick) : quick;
    const milliseconds = performance.now() - began;
    if (from === 1) turn(found);
    const straight = measured(under, line(places[0], places[1], TIMES));
    const even = atShares(found.points, found.reached, EVENLY);
    return {
      line: { ...this.along(under, straight.points), length: straight.length },
      geodesic: {
        ...this.along(under, even),
        length: found.length,
        outcome: found.outcome,
        left: found.left,
        steps: found.steps,
      },
      milliseconds,
    };
  }

  /** Lines of equal distance around a latent point. */
  field({ metric, lambda, around }) {
    const graph = this.graph(metric, lambda);
    const tree = this.tree(graph, metric, lambda, this.lattice.inside(this.lattice.toPlace(around)));
    const field = distances(graph, tree);
    const sorted = field.slice().sort();
    return roundLevels(sorted[Math.floor(0.98 * sorted.length)], LEVELS).map((level) => ({
      level,
      lines: contours(field, graph.size, level).map((points) => this.fromGrid(graph, points)),
    }));
  }

  /** What latent points are decoded to; null without a decoder. */
  frames({ points }) {
    return this.decode && points.map((z) => this.decode(z));
  }

  tree(graph, metric, lambda, place) {
    return kept(this.trees, `${metric} ${lambda} ${graph.size} ${place}`, () => graph.tree(place));
  }

  /** A chain in latent points, and its velocity under its own metric and under the raw one, piece by piece. */
  along(metric, places) {
    const points = new Float64Array(places.length);
    for (let i = 0; i < places.length; i += 2) points.set(this.lattice.toLatent(places.subarray(i, i + 2)), i);
    return { points, velocity: pieces(metric, places), rawVelocity: pieces(this.raw, places) };
  }

  fromGrid({ low, gap }, points) {
    const found = new Float64Array(points.length);
    for (let i = 0; i < points.length; i += 2) {
      found.set(this.lattice.toLatent([low[0] + points[i] * gap[0], low[1] + points[i + 1] * gap[1]]), i);
    }
    return found;
  }
}

const shorter = (one, other) => (one.length <= other.length ? one : other);

/** Length of each piece of a chain, per unit of time. */
function pieces(metric, places) {
  const { length } = reached(metric, places);
  const count = length.length - 1;
  return Float64Array.from({ length: count }, (_, k) => count * (length[k + 1] - length[k]));
}

/** A curve the other way round, in place. */
function turn(found) {
  const { points, reached: way } = found;
  for (let i = 0, j = points.length - 2; i < j; i += 2, j -= 2) {
    [points[i], points[j]] = [points[j], points[i]];
    [points[i + 1], points[j + 1]] = [points[j + 1], points[i + 1]];
  }
  found.reached = way.map((_, k) => way[way.length - 1] - way[way.length - 1 - k]);
}

/** What a map has under a key, made where it has none; the oldest go where there are too many. */
function kept(map, key, make) {
  const found = map.get(key) ?? make();
  map.delete(key);
  map.set(key, found);
  if (map.size > KEPT) map.delete(map.keys().next().value);
  return found;
}
