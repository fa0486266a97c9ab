import assert from "node:assert/strict";
import { test } from "node:test";

import { contours, roundLevels } from "../../../../../src/latentgeo/explorer/page/contours.js";
import { distances } from "../../../../../src/latentgeo/explorer/page/distance.js";
import { geodesic, measured } from "../../../../../src/latentgeo/explorer/page/geodesic.js";
import { Graph } from "../../../../../src/latentgeo/explorer/page/graph.js";
import { Metric, metricsOf } from "../../../../../src/latentgeo/explorer/page/metric.js";
import { halfPlane, halfPlaneDistance, planePart } from "./surfaces.js";

/** The geodesic between two latent points, from a path of a graph of so many nodes a side. */
function solved(metric, a, b, size = 129) {
  const ends = [a, b].map((z) => metric.lattice.toPlace(z));
  const graph = new Graph(metric, size);
  return geodesic(metric, ends, [graph.path(graph.tree(ends[0]), ends[1])]);
}

test("in a plane the geodesic is the line, as long as the metric says", () => {
  const [a, b] = [[0.3, 0.2], [3.1, 1.7]];
  const found = solved(metricsOf(planePart([2, 0.5, 1])).build("raw"), a, b, 65);
  const [x, y] = [b[0] - a[0], b[1] - a[1]];
  assert.ok(Math.abs(found.length / Math.hypot(2 * x + 0.5 * y, y) - 1) < 1e-5);
  assert.equal(found.outcome, "converged");
});

test("equal ends are a geodesic of no length", () => {
  const found = solved(metricsOf(planePart([1, 0, 1])).build("raw"), [1, 1], [1, 1], 33);
  assert.deepEqual([found.length, found.outcome], [0, "converged"]);
});

test("in Poincare's half plane geodesics are as long as they are known to be", () => {
  const metric = halfPlane();
  const pairs = [[[0.2, 0.1], [3.7, 0.2]], [[0.5, 0.1], [2.5, 1.8]], [[3.9, 0.3], [1.1, 0.4]]];
  for (const [a, b] of pairs) {
    const found = solved(metric, a, b);
    assert.equal(found.outcome, "converged");
    assert.ok(Math.abs(found.length / halfPlaneDistance(a, b) - 1) < 1e-4, `${a} to ${b}: ${found.length}`);
  }
});

test("a curve that leans on the border says so", () => {
  // the higher the cheaper: the way leads along the upper border
  const metric = halfPlane();
  const steep = new Metric(metric.lattice, 0, { jet: (x, y, out) => out.set([Math.exp(-6 * y), 0, -6 * Math.exp(-6 * y), 0, 0, 36 * Math.exp(-6 * y)]) });
  const found = solved(steep, [0.2, 1.5], [3.8, 1.5], 65);
  assert.equal(found.outcome, "bounded");
});

test("no geodesic is longer than the line", () => {
  const metric = halfPlane();
  const [a, b] = [[0.2, 0.1], [3.7, 0.2]];
  const line = measured(metric, Float64Array.from([a, b].flatMap((z) => metric.lattice.toPlace(z))));
  assert.ok(solved(metric, a, b, 65).length <= line.length);
});

test("of several paths the shortest curve is kept, and each is refined once", () => {
  const metric = halfPlane();
  const ends = [[0.2, 0.1], [3.7, 0.2]].map((z) => metric.lattice.toPlace(z));
  const detour = Float64Array.from([...ends[0], ...metric.lattice.toPlace([2, 0.01]), ...ends[1]]);
  const graph = new Graph(metric, 65);
  const path = graph.path(graph.tree(ends[0]), ends[1]);
  const [once, again, both] = [[path], [path, path], [path, detour]].map((paths) => geodesic(metric, ends, paths));
  assert.equal(again.steps, once.steps);
  assert.ok(both.steps > once.steps && both.length <= once.length);
});

test("distances are those of the plane and of the half plane to two per cent", () => {
  for (const [metric, known] of [
    [metricsOf(planePart([1, 0, 1])).build("raw"), ([a, b], [c, d]) => Math.hypot(c - a, d - b)],
    [halfPlane(), halfPlaneDistance],
  ]) {
    const graph = new Graph(metric);
    const source = [1.1, 0.7];
    const field = distances(graph, graph.tree(metric.lattice.toPlace(source)));
    let worst = 0;
    for (let node = 0; node < field.length; node += 97) {
      const truth = known(source, metric.lattice.toLatent(graph.place(node)));
      if (truth > 0.2) worst = Math.max(worst, Math.abs(field[node] / truth - 1));
    }
    assert.ok(worst < 0.02, String(worst));
  }
});

test("contours of a cone are closed circles", () => {
  const size = 41;
  const field = Float64Array.from({ length: size * size }, (_, n) => Math.hypot(Math.floor(n / size) - 20, (n % size) - 20));
  const [circle, ...others] = contours(field, size, 10.3);
  assert.equal(others.length, 0);
  assert.deepEqual([...circle.slice(0, 2)], [...circle.slice(-2)]);
  for (let i = 0; i < circle.length; i += 2) {
    assert.ok(Math.abs(Math.hypot(circle[i] - 20, circle[i + 1] - 20) - 10.3) < 0.05);
  }
});

test("levels are round and reach the largest value", () => {
  assert.deepEqual(roundLevels(6.5, 12), [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5]);
  assert.deepEqual(roundLevels(0, 12), []);
});
