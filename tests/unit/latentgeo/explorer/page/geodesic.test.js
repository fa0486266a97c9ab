import assert from "node:assert/strict";
import { test } from "node:test";

import { contours, roundLevels } from "../../../../../src/latentgeo/explorer/page/contours.js";
import { distances } from "../../../../../src/latentgeo/explorer/page/distance.js";
import { geodesic, measured } from "../../../../../src/latentgeo/explorer/page/geodesic.js";
import { Graph } from "../../../../../src/latentgeo/explorer/page/graph.js";
import { Metric, metricsOf } from "../../../../../src/latentgeo/explorer/page/metric.js";
import { halfPlane, halfPlaneDistance, planePart } from "./surfaces.js";

test("in a plane the geodesic is the line, as long as the metric says", () => {
  const { lattice, build } = metricsOf(planePart([2, 0.5, 1]));
  const graph = new Graph(build("raw"), 65);
  const [a, b] = [[0.3, 0.2], [3.1, 1.7]];
  const tree = graph.tree(lattice.toPlace(a));
  const found = geodesic(graph, tree, lattice.toPlace(b));
  const [x, y] = [b[0] - a[0], b[1] - a[1]];
  assert.ok(Math.abs(found.length / Math.hypot(2 * x + 0.5 * y, y) - 1) < 1e-5);
  assert.equal(found.outcome, "converged");
});

test("equal ends are a geodesic of no length", () => {
  const { build } = metricsOf(planePart([1, 0, 1]));
  const graph = new Graph(build("raw"), 33);
  const found = geodesic(graph, graph.tree([5, 5]), [5, 5]);
  assert.deepEqual([found.length, found.outcome], [0, "converged"]);
});

test("in Poincare's half plane geodesics are as long as they are known to be", () => {
  const metric = halfPlane();
  const graph = new Graph(metric);
  const pairs = [[[0.2, 0.1], [3.7, 0.2]], [[0.5, 0.1], [2.5, 1.8]], [[3.9, 0.3], [1.1, 0.4]]];
  for (const [a, b] of pairs) {
    const tree = graph.tree(metric.lattice.toPlace(a));
    const found = geodesic(graph, tree, metric.lattice.toPlace(b));
    assert.equal(found.outcome, "converged");
    assert.ok(Math.abs(found.length / halfPlaneDistance(a, b) - 1) < 1e-4, `${a} to ${b}: ${found.length}`);
  }
});

test("a curve that leans on the border says so", () => {
  // the higher the cheaper: the way leads along the upper border
  const metric = halfPlane();
  const steep = new Metric(metric.lattice, 0, { jet: (x, y, out) => out.set([Math.exp(-6 * y), 0, -6 * Math.exp(-6 * y), 0, 0, 36 * Math.exp(-6 * y)]) });
  const graph = new Graph(steep, 65);
  const found = geodesic(graph, graph.tree(steep.lattice.toPlace([0.2, 1.5])), steep.lattice.toPlace([3.8, 1.5]));
  assert.equal(found.outcome, "bounded");
});

test("no geodesic is longer than the line", () => {
  const metric = halfPlane();
  const graph = new Graph(metric, 65);
  const [a, b] = [[0.2, 0.1], [3.7, 0.2]].map((z) => metric.lattice.toPlace(z));
  const line = measured(metric, Float64Array.from([...a, ...b]));
  assert.ok(geodesic(graph, graph.tree(a), b).length <= line.length);
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
